import { composedKernels } from '../composed/index.ts'
import type { KernelTable, Native } from '../kernel.ts'
import { attentionKernels } from './attention.ts'
import { batchNormKernels } from './batch-norm.ts'
import { affineConvKernels } from './affine-conv.ts'
import { convKernels } from './conv.ts'
import { denseKernels } from './dense.ts'
import { depthwiseKernels } from './depthwise.ts'
import { elementwiseKernels } from './elementwise.ts'
import { gateKernels } from './gate.ts'
import { layerNormKernels } from './layer-norm.ts'
import { matmulKernels } from './matmul.ts'
import { mixKernels } from './mix.ts'
import { mixedConvKernels } from './mixed-conv.ts'
import { mixedSequenceKernels } from './mixed-sequence.ts'
import { moveKernels } from './move.ts'
import { peekKernels } from './peek.ts'
import { poolKernels } from './pool.ts'
import { realStepKernels } from './real-steps.ts'
import { recurrentKernels } from './recurrent.ts'
import { reduceKernels } from './reduce.ts'
import { repeatKernels } from './repeat.ts'
import { stockPadKernels } from './stock-pad.ts'
import { transposeKernels } from './transpose.ts'

/**
 * Kernels of the own module. A call that one cannot serve (other number types, rare options) goes to the composed
 * kernel.
 */
export const nativeKernels = (native: Native): KernelTable => {
  const own: KernelTable = {
    ...affineConvKernels(native),
    ...attentionKernels(native),
    ...batchNormKernels(native),
    ...convKernels(native),
    ...denseKernels(native),
    ...depthwiseKernels(native),
    ...elementwiseKernels(native),
    ...gateKernels(native),
    ...layerNormKernels(native),
    ...matmulKernels(native),
    ...mixKernels(native),
    ...mixedConvKernels(native),
    ...mixedSequenceKernels(native),
    ...moveKernels(native),
    ...peekKernels(native),
    ...poolKernels(native),
    ...realStepKernels(native),
    ...recurrentKernels(native),
    ...reduceKernels(native),
    ...repeatKernels(native),
    ...transposeKernels(native),
  }
  const layered = Object.entries(own).map(
    ([name, kernel]) =>
      [name, (stock: Parameters<typeof kernel>[0]) => kernel(composedKernels[name]?.(stock) ?? stock)] as const,
  )
  return { ...stockPadKernels, ...Object.fromEntries(layered) }
}
