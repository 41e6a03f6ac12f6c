import { engine, registerGradient, type Tensor } from '@tensorflow/tfjs-core'
import type { WindowAttrs } from '../window.ts'
import { PTU_MIXED_CONV, PTU_MIXED_CONV_INPUT_GRAD, PTU_MIXED_CONV_MIXTURE_GRAD } from './kernel-names.ts'

/** Attributes of a mixed convolution; `branches` tells its inputs apart. */
export type MixedConvAttrs = Pick<WindowAttrs, 'strides' | 'pad'> & { readonly branches: 2 | 3 }

/**
 * The tensors of a mixed convolution. Kernels [height, width, in, out], gates [out] or [batch, 1, 1, out], biases
 * [out].
 */
export interface Mixture<T> {
  readonly source: T
  readonly fineTuned: T
  readonly update: T
  readonly random: T | undefined
  readonly fineTune: T | undefined
  readonly sourceBias: T | undefined
  readonly fineTunedBias: T | undefined
  readonly randomBias: T | undefined
}

/**
 * The inputs of a mixed convolution after the first by name. In order: source, fineTuned, update; with three branches
 * random, fineTune; then the biases, if there are any, of source, fineTuned and, with three branches, random.
 */
export const mixtureOf = <T>(inputs: readonly T[], branches: 2 | 3): Mixture<T> => {
  const [source, fineTuned, update, ...rest] = inputs as [T, T, T, ...T[]]
  const [random, fineTune] = branches === 3 ? rest : []
  const [sourceBias, fineTunedBias, randomBias] = branches === 3 ? rest.slice(2) : rest
  return { source, fineTuned, update, random, fineTune, sourceBias, fineTunedBias, randomBias }
}

/** Places of the inputs that have a gradient: all but the kernel and the bias of the source, which are frozen. */
export const learntInputs = (inputs: readonly unknown[], branches: 2 | 3): readonly number[] => {
  const { source, sourceBias } = mixtureOf([...inputs.keys()], branches)
  return [...inputs.keys()].filter((i) => i !== source && i !== sourceBias)
}

const one = (dy: Tensor | Tensor[]): Tensor => (Array.isArray(dy) ? (dy[0] as Tensor) : dy)

/**
 * Registers the gradient of `PtuMixedConv2D`. The gradient of x is computed only if it is asked for. Those of all
 * learnt inputs come from one kernel. The source's kernel and bias have none.
 */
export const registerMixedConvGradient = (): void => {
  registerGradient({
    kernelName: PTU_MIXED_CONV,
    saveAllInputs: true,
    gradFunc: (dy, saved, attrs) => {
      const [x, ...mixture] = saved as [Tensor, ...Tensor[]]
      const { branches } = attrs as unknown as MixedConvAttrs
      const byInput = { ...attrs, inputShape: x.shape }
      const byMixture = [one(dy), ...saved] as never
      const learnt = engine().runKernel(PTU_MIXED_CONV_MIXTURE_GRAD, byMixture, attrs) as unknown as Tensor[]
      const gradients = learntInputs(mixture, branches).map((at, i) => [at + 1, () => learnt[i] as Tensor])
      const ofX = (): Tensor =>
        engine().runKernel<Tensor>(PTU_MIXED_CONV_INPUT_GRAD, [one(dy), ...mixture] as never, byInput)
      return { ...(Object.fromEntries(gradients) as Record<string, () => Tensor>), 0: ofX }
    },
  })
}
