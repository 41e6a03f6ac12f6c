import {
  cast,
  engine,
  getBackend,
  getKernel,
  lessEqual,
  mul,
  registerGradient,
  step,
  type Tensor,
} from '@tensorflow/tfjs-core'
import { registerAffineConvGradients } from './fused/affine-conv.ts'
import { registerGateGradient } from './fused/gate.ts'
import { registerMixedConvGradient } from './fused/mixed-conv.ts'
import { registerMixedSequenceGradient } from './fused/mixed-sequence.ts'
import { registerSequenceGradients } from './fused/sequence-gradients.ts'
import { registerTransformerGradients } from './fused/transformer-gradients.ts'
import { PTU_MIX, PTU_MIX_GRAD, PTU_RECTIFIER_GRAD } from './fused/kernel-names.ts'

/** `dy` where `0 < x <= limit`, else 0. */
const rectifierGradient = (dy: Tensor, x: Tensor, limit: number): Tensor => {
  if ((getKernel(PTU_RECTIFIER_GRAD, getBackend()) as unknown) !== undefined)
    return engine().runKernel<Tensor>(PTU_RECTIFIER_GRAD, { dy, y: x }, { limit })
  const open = cast(step(x), 'float32')
  return mul(dy, limit === Infinity ? open : mul(cast(lessEqual(x, limit), 'float32'), open))
}

const one = (dy: Tensor | Tensor[]): Tensor => (Array.isArray(dy) ? (dy[0] as Tensor) : dy)

/** Registers gradients that use this package's kernels where the current backend has them. */
export const registerGradients = (): void => {
  registerGateGradient()
  registerMixedConvGradient()
  registerMixedSequenceGradient()
  registerSequenceGradients()
  registerTransformerGradients()
  registerAffineConvGradients()
  const limits = { Relu: Infinity, Relu6: 6 }
  for (const [kernelName, limit] of Object.entries(limits))
    registerGradient({
      kernelName,
      inputsToSave: ['x'],
      gradFunc: (dy, [x]) => ({ x: () => rectifierGradient(one(dy), x as Tensor, limit) }),
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
