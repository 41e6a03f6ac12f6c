import type { TensorInfo } from '@tensorflow/tfjs-core'
import { PTU_LAYER_NORM, PTU_LAYER_NORM_GRAD } from '../fused/kernel-names.ts'
import type { LayerNormAttrs } from '../fused/transformer-gradients.ts'
import { asKernel, expectShape, product, type Inputs, type KernelTable, type Native } from '../kernel.ts'

const sizesOf = ({ shape }: TensorInfo): readonly [rows: number, columns: number] => [
  product(shape.slice(0, -1)),
  shape.at(-1) ?? 1,
]

const forward = ({ heap, wasm }: Native, inputs: Inputs<'x' | 'scale' | 'shift'>, epsilon: number): TensorInfo => {
  const { x, scale, shift } = inputs
  const [rows, columns] = sizesOf(x)
  expectShape('scale', scale, [columns])
  expectShape('shift', shift, [columns])
  const y = heap.allocate(x.shape, 'float32')
  const given = [heap.address(x), heap.address(scale), heap.address(shift)] as const
  wasm.layerNorm(rows, columns, ...given, epsilon, heap.address(y))
  return y
}

/** The gradients of x, scale and shift. */
const gradient = ({ heap, wasm }: Native, inputs: Inputs<'dy' | 'x' | 'scale'>, epsilon: number): TensorInfo[] => {
  const { dy, x, scale } = inputs
  const [rows, columns] = sizesOf(x)
  expectShape('dy', dy, x.shape)
  const gradients = [x, scale, scale].map(({ shape }) => heap.allocate(shape, 'float32'))
  const [dx = 0, dScale = 0, dShift = 0] = gradients.map((tensor) => heap.address(tensor))
  heap.borrow(8 * columns, (scratch) => {
    const given = [heap.address(dy), heap.address(x), heap.address(scale)] as const
    wasm.layerNormGradient(rows, columns, ...given, epsilon, dx, dScale, dShift, scratch)
  })
  return gradients
}

/** Layer normalisation over the last axis, and its gradient. */
export const layerNormKernels = (native: Native): KernelTable => ({
  [PTU_LAYER_NORM]: () =>
    asKernel<Inputs<'x' | 'scale' | 'shift'>, LayerNormAttrs>(({ inputs, attrs }) =>
      forward(native, inputs, attrs.epsilon),
    ),
  [PTU_LAYER_NORM_GRAD]: () =>
    asKernel<Inputs<'dy' | 'x' | 'scale'>, LayerNormAttrs>(({ inputs, attrs }) =>
      gradient(native, inputs, attrs.epsilon),
    ),
})
