import { asKernel, expectShape, product, type Inputs, type KernelTable, type Native } from '../kernel.ts'
import { PTU_ADAM, PTU_RELU_GRAD } from '../fused/kernel-names.ts'
import type { AdamAttrs } from '../fused/adam.ts'

/** The gradient of relu and one step of Adam, each in one pass over the numbers. */
export const elementwiseKernels = ({ heap, wasm }: Native): KernelTable => ({
  [PTU_RELU_GRAD]: () =>
    asKernel<Inputs<'dy' | 'y'>, unknown>(({ inputs: { dy, y } }) => {
      expectShape('dy', dy, y.shape)
      const out = heap.allocate(y.shape, 'float32')
      wasm.reluGradient(product(y.shape), heap.address(dy), heap.address(y), heap.address(out))
      return out
    }),
  [PTU_ADAM]: () =>
    asKernel<Inputs<'param' | 'grad' | 'mean' | 'variance'>, AdamAttrs>(({ inputs, attrs }) => {
      const { shape } = inputs.param
      for (const name of ['grad', 'mean', 'variance'] as const) expectShape(name, inputs[name], shape)
      const [param, mean, variance] = [0, 1, 2].map(() => heap.allocate(shape, 'float32')) as [never, never, never]
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
        heap.address(param),
        heap.address(mean),
        heap.address(variance),
      )
      return [param, mean, variance]
    }),
})
