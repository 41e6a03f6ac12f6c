import type { TensorInfo } from '@tensorflow/tfjs-core'
import { PTU_BATCH_NORM, PTU_BATCH_NORM_GRAD } from '../fused/kernel-names.ts'
import { asKernel, expectShape, product, type Inputs, type KernelTable, type Native } from '../kernel.ts'

const columnsOf = ({ shape }: TensorInfo): number => shape.at(-1) ?? 1
const rowsOf = ({ shape }: TensorInfo): number => product(shape.slice(0, -1))

const normalise = ({ heap, wasm }: Native, inputs: Inputs<'x' | 'scale' | 'offset'>, epsilon: number): TensorInfo[] => {
  const { x, scale, offset } = inputs
  const columns = columnsOf(x)
  expectShape('scale', scale, [columns])
  expectShape('offset', offset, [columns])
  const y = heap.allocate(x.shape, 'float32')
  const statistics = [0, 1, 2].map(() => heap.allocate([columns], 'float32'))
  const [mean = 0, variance = 0, inverse = 0] = statistics.map((tensor) => heap.address(tensor))
  const given = [heap.address(x), heap.address(scale), heap.address(offset)] as const
  heap.borrow(4 * columns, (scratch) => {
    wasm.batchNorm(rowsOf(x), columns, ...given, epsilon, heap.address(y), mean, variance, inverse, scratch)
  })
  return [y, ...statistics]
}

const gradient = ({ heap, wasm }: Native, inputs: Inputs<'dy' | 'x' | 'scale' | 'mean' | 'inverse'>): TensorInfo[] => {
  const { dy, x, scale, mean, inverse } = inputs
  expectShape('dy', dy, x.shape)
  const gradients = [x, scale, scale].map(({ shape }) => heap.allocate(shape, 'float32'))
  const [dx = 0, dScale = 0, dOffset = 0] = gradients.map((tensor) => heap.address(tensor))
  const statistics = [heap.address(scale), heap.address(mean), heap.address(inverse)] as const
  heap.borrow(12 * columnsOf(x), (scratch) => {
    const given = [rowsOf(x), columnsOf(x), heap.address(dy), heap.address(x)] as const
    wasm.batchNormGradient(...given, ...statistics, dx, dScale, dOffset, scratch)
  })
  return gradients
}

/** Batch normalisation over every axis but the last, with mean, variance and 1 / √(variance + ε), and its gradient. */
export const batchNormKernels = (native: Native): KernelTable => ({
  [PTU_BATCH_NORM]: () =>
    asKernel<Inputs<'x' | 'scale' | 'offset'>, { readonly epsilon: number }>(({ inputs, attrs }) =>
      normalise(native, inputs, attrs.epsilon),
    ),
  [PTU_BATCH_NORM_GRAD]: () =>
    asKernel<Parameters<typeof gradient>[1], unknown>(({ inputs }) => gradient(native, inputs)),
})
