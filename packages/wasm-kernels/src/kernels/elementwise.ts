import type { TensorInfo } from '@tensorflow/tfjs-core'
import {
  asKernel,
  callStock,
  expectShape,
  isFloat,
  product,
  type Inputs,
  type KernelTable,
  type Native,
} from '../kernel.ts'
import { PTU_ADAM, PTU_GELU, PTU_GELU_GRAD, PTU_RECTIFIER_GRAD } from '../fused/kernel-names.ts'
import type { AdamAttrs } from '../fused/adam.ts'
import type { RectifierAttrs } from '../fused/affine-conv.ts'
import type { GeluAttrs } from '../fused/transformer-gradients.ts'

/** Tells whether `b` is one row that is added to every row of `a`: [columns], or [1, ..., 1, columns]. */
const isRowOf = (b: TensorInfo, a: TensorInfo): boolean =>
  b.shape.length > 0 &&
  a.shape.length >= b.shape.length &&
  b.shape.at(-1) === a.shape.at(-1) &&
  product(b.shape) === b.shape.at(-1) &&
  product(a.shape) > 0

type AdamInputs = Inputs<'param' | 'grad' | 'mean' | 'variance'>

/** The new parameter, mean and variance. */
const adam = ({ heap, wasm }: Native, inputs: AdamInputs, attrs: AdamAttrs): TensorInfo[] => {
  const { shape } = inputs.param
  for (const name of ['grad', 'mean', 'variance'] as const) expectShape(name, inputs[name], shape)
  const outputs = [0, 1, 2].map(() => heap.allocate(shape, 'float32'))
  const [param = 0, mean = 0, variance = 0] = outputs.map((tensor) => heap.address(tensor))
  wasm.adam(
    product(shape),
    heap.address(inputs.param),
    heap.address(inputs.grad),
    heap.address(inputs.mean),
    heap.address(inputs.variance),
    attrs.rate,
    attrs.beta1,
    1 - attrs.beta1,
    attrs.beta2,
    1 - attrs.beta2,
    attrs.epsilon,
    param,
    mean,
    variance,
  )
  return outputs
}

/** The Gaussian error linear unit and its gradient. */
const geluKernels = ({ heap, wasm }: Native): KernelTable => ({
  [PTU_GELU]: () =>
    asKernel<Inputs<'x'>, GeluAttrs>(({ inputs: { x }, attrs }) => {
      const y = heap.allocate(x.shape, 'float32')
      wasm.gelu(product(x.shape), Number(attrs.byTanh), heap.address(x), heap.address(y))
      return y
    }),
  [PTU_GELU_GRAD]: () =>
    asKernel<Inputs<'dy' | 'x'>, GeluAttrs>(({ inputs: { dy, x }, attrs }) => {
      expectShape('dy', dy, x.shape)
      const dx = heap.allocate(x.shape, 'float32')
      wasm.geluGradient(product(x.shape), Number(attrs.byTanh), heap.address(dy), heap.address(x), heap.address(dx))
      return dx
    }),
})

/** Adding a row to every row, GELU, the gradients of GELU and of rectifiers and one step of Adam, each in one pass over the numbers. */
export const elementwiseKernels = (native: Native): KernelTable => ({
  ...geluKernels(native),
  Add: (stock) =>
    asKernel<Inputs<'a' | 'b'>, unknown>((call) => {
      const { a, b } = call.inputs
      const [x, row] = isRowOf(b, a) ? [a, b] : [b, a]
      if (!isFloat(a, b) || !isRowOf(row, x)) return callStock('Add', stock, call)
      const { heap, wasm } = native
      const out = heap.allocate(x.shape, 'float32')
      const columns = product(row.shape)
      wasm.addRow(product(x.shape) / columns, columns, heap.address(x), heap.address(row), heap.address(out))
      return out
    }),
  [PTU_RECTIFIER_GRAD]: () =>
    asKernel<Inputs<'dy' | 'y'>, RectifierAttrs>(({ inputs: { dy, y }, attrs: { limit } }) => {
      expectShape('dy', dy, y.shape)
      const { heap, wasm } = native
      const out = heap.allocate(y.shape, 'float32')
      wasm.rectifierGradient(product(y.shape), heap.address(dy), heap.address(y), limit, heap.address(out))
      return out
    }),
  [PTU_ADAM]: () => asKernel<AdamInputs, AdamAttrs>(({ inputs, attrs }) => adam(native, inputs, attrs)),
})
