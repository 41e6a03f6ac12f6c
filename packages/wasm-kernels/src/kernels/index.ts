import { composedKernels } from '../composed/index.ts'
import type { KernelTable, Native } from '../kernel.ts'
import { batchNormKernels } from './batch-norm.ts'
import { affineConvKernels } from './affine-conv.ts'
import { convKernels } from './conv.ts'
import { depthwiseKernels } from './depthwise.ts'
import { elementwiseKernels } from './elementwise.ts'
import { matmulKernels } from './matmul.ts'
import { mixKernels } from './mix.ts'
import { mixedConvKernels } from './mixed-conv.ts'
import { mixedSequenceKernels } from './mixed-sequence.ts'
import { moveKernels } from './move.ts'
import { poolKernels } from './pool.ts'
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
    ...batchNormKernels(native),
    ...convKernels(native),
    ...depthwiseKernels(native),
    ...elementwiseKernels(native),
    ...matmulKernels(native),
    ...mixKernels(native),
    ...mixedConvKernels(native),
    ...mixedSequenceKernels(native),
    ...moveKernels(native),
    ...poolKernels(native),
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
