import type { TensorInfo } from '@tensorflow/tfjs-core'
import { innerLimit, type AffineConvAttrs, type Rectifier } from '../fused/affine-conv.ts'
import { PTU_CONV, PTU_CONV_RESULT_GRAD, PTU_DEPTHWISE_CONV } from '../fused/kernel-names.ts'
import { asKernel, expectShape, product, type Inputs, type KernelTable, type Native } from '../kernel.ts'
import { convWindow } from '../window.ts'
import { convolve, type AffineInputs } from './convolve.ts'

/** The gradients of the unclipped sums and of the bias, from those of the result. */
const resultGradient = (
  { heap, wasm }: Native,
  { dy, y }: Inputs<'dy' | 'y'>,
  rectifier: Rectifier | undefined,
): TensorInfo[] => {
  expectShape('dy', dy, y.shape)
  const channels = y.shape.at(-1) ?? 1
  const count = product(y.shape)
  const dz = rectifier === undefined ? heap.share(dy, dy.shape) : heap.allocate(y.shape, 'float32')
  const dBias = heap.allocate([channels], 'float32')
  if (rectifier !== undefined)
    wasm.rectifierGradient(count, heap.address(dy), heap.address(y), innerLimit[rectifier], heap.address(dz))
  wasm.sumColumns(count / channels, channels, heap.address(dz), heap.address(dBias), 1)
  return [dz, dBias]
}

/** Convolutions with their bias and rectifier in one pass, and the first step of their gradient. */
export const affineConvKernels = (native: Native): KernelTable => ({
  [PTU_CONV]: () =>
    asKernel<AffineInputs, AffineConvAttrs>(({ inputs, attrs }) =>
      convolve(native, convWindow(inputs.x.shape, inputs.filter.shape, attrs, false), inputs, attrs),
    ),
  [PTU_DEPTHWISE_CONV]: () =>
    asKernel<AffineInputs, AffineConvAttrs>(({ inputs, attrs: { rectifier, ...attrs } }) =>
      convolve(native, convWindow(inputs.x.shape, inputs.filter.shape, attrs, true), inputs, {
        rectifier,
        depthwise: true,
      }),
    ),
  [PTU_CONV_RESULT_GRAD]: () =>
    asKernel<Inputs<'dy' | 'y'>, Pick<AffineConvAttrs, 'rectifier'>>(({ inputs, attrs }) =>
      resultGradient(native, inputs, attrs.rectifier),
    ),
})
