import {
  abs,
  add,
  cast,
  erf,
  greater,
  matMul,
  mean,
  mul,
  reshape,
  rsqrt,
  softmax,
  square,
  sub,
  sum,
  tanh,
  transpose,
  unstack,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core'

/** The inputs of a kernel by name, and its attributes. */
type Composed = (inputs: Readonly<Record<string, Tensor>>, attrs: Readonly<Record<string, unknown>>) => Tensor

/** 1 for steps with a number other than 0, else 0, [batch, steps, 1]; a constant, made outside the loss. */
export const realOf = (x: Tensor): Tensor => {
  const [batch = 0, steps = 0] = x.shape
  return cast(greater(sum(abs(reshape(x, [batch, steps, -1])), -1, true), 0), 'float32')
}

const attention: Composed = ({ x, real }, { heads, masked }) => {
  const [batch = 0, steps = 0, channels = 0] = (x as Tensor).shape
  const size = channels / 3 / Number(heads)
  const parts = transpose(reshape(x as Tensor, [batch, steps, 3, Number(heads), size]), [2, 0, 3, 1, 4])
  const [q, k, v] = unstack(parts) as [Tensor, Tensor, Tensor]
  const scores = mul(matMul(q, k, false, true), 1 / Math.sqrt(size))
  const refusals = mul(sub(1, reshape(real as Tensor, [batch, 1, 1, steps])), -1e9)
  const y = matMul(softmax(masked === true ? add(scores, refusals) : scores), v)
  const joined = reshape(transpose(y, [0, 2, 1, 3]), [batch, steps, channels / 3])
  return masked === true ? mul(joined, real as Tensor) : joined
}

const gelu: Composed = ({ x }, { byTanh }) => {
  const input = x as Tensor
  const cubic = mul(add(input, mul(mul(square(input), input), 0.044715)), Math.sqrt(2 / Math.PI))
  return mul(mul(input, 0.5), add(byTanh === true ? tanh(cubic) : erf(mul(input, Math.SQRT1_2)), 1))
}

const layerNorm: Composed = ({ x, scale, shift }, { epsilon }) => {
  const centred = sub(x as Tensor, mean(x as Tensor, -1, true))
  const inverse = rsqrt(add(mean(square(centred), -1, true), Number(epsilon)))
  return add(mul(mul(centred, inverse), scale as Tensor), shift as Tensor)
}

const dense: Composed = ({ x, kernel, bias }) => add(matMul(x as Tensor2D, kernel as Tensor2D), bias as Tensor)

/** The operations that define the kernels of transformers. */
export const composed = {
  PtuAttention: attention,
  PtuGelu: gelu,
  PtuLayerNorm: layerNorm,
  PtuDense: dense,
} satisfies Readonly<Record<string, Composed>>
