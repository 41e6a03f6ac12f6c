import { cast, engine, getBackend, getKernel, mul, registerGradient, step, type Tensor } from '@tensorflow/tfjs-core'
import { registerMixedConvGradient } from './fused/mixed-conv.ts'
import { registerMixedSequenceGradient } from './fused/mixed-sequence.ts'
import { registerSequenceGradients } from './fused/sequence-gradients.ts'
import { registerTransformerGradients } from './fused/transformer-gradients.ts'
import { PTU_MIX, PTU_MIX_GRAD, PTU_RELU_GRAD } from './fused/kernel-names.ts'

const reluGradient = (dy: Tensor, x: Tensor): Tensor =>
  (getKernel(PTU_RELU_GRAD, getBackend()) as unknown) === undefined
    ? mul(dy, cast(step(x), 'float32'))
    : engine().runKernel<Tensor>(PTU_RELU_GRAD, { dy, y: x })

const one = (dy: Tensor | Tensor[]): Tensor => (Array.isArray(dy) ? (dy[0] as Tensor) : dy)

/** Registers gradients that use this package's kernels where the current backend has them. */
export const registerGradients = (): void => {
  registerMixedConvGradient()
  registerMixedSequenceGradient()
  registerSequenceGradients()
  registerTransformerGradients()
  registerGradient({
    kernelName: 'Relu',
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => reluGradient(one(dy), x as Tensor) }),
  })
  registerGradient({
    kernelName: PTU_MIX,
    saveAllInputs: true,
    gradFunc: (dy, inputs) => {
      const gradients = engine().runKernel(PTU_MIX_GRAD, [one(dy), ...inputs] as never) as unknown as Tensor[]
      return Object.fromEntries(gradients.map((gradient, i) => [i, () => gradient]))
    },
  })
}
