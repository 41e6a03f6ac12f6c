import {
  engine,
  matMul,
  registerGradient,
  sum,
  type NamedTensorMap,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import {
  PTU_ATTENTION,
  PTU_ATTENTION_GRAD,
  PTU_DENSE,
  PTU_GELU,
  PTU_GELU_GRAD,
  PTU_LAYER_NORM,
  PTU_LAYER_NORM_GRAD,
} from './kernel-names.ts'

/** Attributes of `PtuAttention`: masked, steps of zeros are padding. */
export interface AttentionAttrs {
  readonly heads: number
  readonly masked: boolean
}

/** Attributes of `PtuGelu`: the approximation by a hyperbolic tangent, or none. */
export interface GeluAttrs {
  readonly byTanh: boolean
}

/** Attributes of `PtuLayerNorm`. */
export interface LayerNormAttrs {
  readonly epsilon: number
}

const first = (dy: Tensor | Tensor[]): Tensor => (Array.isArray(dy) ? (dy[0] as Tensor) : dy)

/** Registers for a kernel of x alone the gradient that another kernel makes of dy and x. */
const registerByKernel = (kernelName: string, gradient: string): void => {
  registerGradient({
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => engine().runKernel<Tensor>(gradient, { dy: first(dy), x } as NamedTensorMap, attrs),
    }),
  })
}

const registerDense = (): void => {
  registerGradient({
    kernelName: PTU_DENSE,
    inputsToSave: ['x', 'kernel'],
    gradFunc: (dys, saved) => {
      const [dy, x, kernel] = [first(dys), ...saved] as [Tensor2D, Tensor2D, Tensor2D]
      return {
        x: () => matMul(dy, kernel, false, true),
        kernel: () => matMul(x, dy, true),
        bias: () => sum(dy, 0),
      }
    },
  })
}

const registerLayerNorm = (): void => {
  registerGradient({
    kernelName: PTU_LAYER_NORM,
    inputsToSave: ['x', 'scale'],
    gradFunc: (dy, [x, scale], attrs) => {
      const inputs = { dy: first(dy), x, scale } as NamedTensorMap
      const gradients = engine().runKernel(PTU_LAYER_NORM_GRAD, inputs, attrs) as unknown as readonly Tensor[]
      const [dx, dScale, dShift] = gradients as [Tensor, Tensor, Tensor]
      return { x: () => dx, scale: () => dScale, shift: () => dShift }
    },
  })
}

/** Registers the gradients of the layers of transformers. */
export const registerTransformerGradients = (): void => {
  registerByKernel(PTU_ATTENTION, PTU_ATTENTION_GRAD)
  registerByKernel(PTU_GELU, PTU_GELU_GRAD)
  registerDense()
  registerLayerNorm()
}
