import {
  add,
  engine,
  getGradient,
  mul,
  neg,
  registerGradient,
  rsqrt,
  sub,
  sum,
  type GradConfig,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core'
import { PTU_BATCH_NORM, PTU_BATCH_NORM_GRAD, PTU_GRU, PTU_GRU_GRAD, PTU_LSTM, PTU_LSTM_GRAD } from './kernel-names.ts'

type Gradients = Record<string, () => Tensor>

/** A gradient that is one kernel: named inputs in, one gradient out for each of `names`. */
const byKernel = (kernel: string, inputs: NamedTensorMap, names: readonly string[]): Gradients => {
  const gradients = engine().runKernel(kernel, inputs) as unknown as readonly Tensor[]
  return Object.fromEntries(names.map((name, i) => [name, () => gradients[i] as Tensor]))
}

const first = (dy: Tensor | Tensor[]): Tensor => (Array.isArray(dy) ? (dy[0] as Tensor) : dy)

const registerRecurrent = (): void => {
  registerGradient({
    kernelName: PTU_GRU,
    inputsToSave: ['u', 'h0'],
    outputsToSave: [true, true],
    gradFunc: (dys, [u, h0, hs, saved]) => {
      const inputs = { dhs: first(dys), u, h0, hs, saved } as NamedTensorMap
      return byKernel(PTU_GRU_GRAD, inputs, ['x', 'u', 'bias', 'h0'])
    },
  })
  registerGradient({
    kernelName: PTU_LSTM,
    inputsToSave: ['u', 'h0', 'c0'],
    outputsToSave: [true, true, true],
    gradFunc: (dys, [u, h0, c0, hs, cs, saved]) => {
      const inputs = { dhs: first(dys), u, h0, c0, hs, cs, saved } as NamedTensorMap
      return byKernel(PTU_LSTM_GRAD, inputs, ['x', 'u', 'h0', 'c0'])
    },
  })
}

/** The gradient of `tf.batchNorm` by vectors of channels, as a product of broadcasts instead of tfjs's tiled copies. */
const vectorGradient = (dy: Tensor, saved: readonly Tensor[], epsilon: number): Gradients => {
  const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor]
  const axes = x.shape.slice(0, -1).map((_, axis) => axis)
  const centred = sub(x, mean)
  const inverse = rsqrt(add(variance, epsilon))
  const slope = mul(scale, inverse)
  const total = sum(dy, axes)
  const product = sum(mul(dy, centred), axes)
  return {
    x: () => mul(dy, slope),
    mean: () => neg(mul(total, slope)),
    variance: () => mul(mul(product, slope), mul(mul(inverse, inverse), -0.5)),
    scale: () => mul(product, inverse),
    offset: () => total.clone(),
  }
}

/** The mark of the gradient of this package, so that registering twice does not stack it on itself. */
type OwnGradient = GradConfig & { readonly ptu?: true }

const registerVectorGradient = (): void => {
  const stock = getGradient('FusedBatchNorm') as OwnGradient | undefined
  if (stock === undefined || stock.ptu === true) return
  const own: OwnGradient = {
    ...stock,
    ptu: true,
    gradFunc: (dy, saved, attrs) => {
      const [, mean, , scale] = saved as readonly (Tensor | undefined)[]
      if (mean?.rank !== 1 || scale?.rank !== 1) return stock.gradFunc(dy, saved, attrs)
      return vectorGradient(first(dy), saved, Number(attrs['varianceEpsilon']))
    },
  }
  registerGradient(own)
}

const registerBatchNorm = (): void => {
  registerGradient({
    kernelName: PTU_BATCH_NORM,
    inputsToSave: ['x', 'scale'],
    outputsToSave: [false, true, false, true],
    gradFunc: (dys, [x, scale, mean, inverse]) => {
      const inputs = { dy: first(dys), x, scale, mean, inverse } as NamedTensorMap
      return byKernel(PTU_BATCH_NORM_GRAD, inputs, ['x', 'scale', 'offset'])
    },
  })
}

/** Registers the gradients of sequences and batch normalisation. */
export const registerSequenceGradients = (): void => {
  registerRecurrent()
  registerBatchNorm()
  registerVectorGradient()
}
