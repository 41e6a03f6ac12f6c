import {
  add,
  engine,
  getBackend,
  getKernel,
  matMul,
  mul,
  reshape,
  sigmoid,
  slice,
  split,
  stack,
  sub,
  tanh,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import { PTU_GRU, PTU_LSTM } from './kernel-names.ts'

/** The inputs of a GRU: its data times the input weights, and its recurrent half. */
export interface GruTensors {
  /** `x·W + b` of every step, [steps, batch, 3 · hidden], gates in the order reset, update, new. */
  readonly projected: Tensor3D
  /** [hidden, 3 · hidden] */
  readonly recurrent: Tensor2D
  /** [3 · hidden] */
  readonly recurrentBias: Tensor1D
  /** [batch, hidden] */
  readonly initial: Tensor2D
}

/** The steps of [steps, batch, width]; by slices, because tfjs's gradient of `unstack` fails on a single step. */
const stepsOf = (x: Tensor3D): readonly Tensor2D[] => {
  const [steps, batch, width] = x.shape
  return Array.from({ length: steps }, (_, t) => reshape(slice(x, [t, 0, 0], [1, batch, width]), [batch, width]))
}

const gruStep = (x: Tensor2D, h: Tensor2D, { recurrent, recurrentBias }: GruTensors): Tensor2D => {
  const [xr, xz, xn] = split(x, 3, 1) as [Tensor2D, Tensor2D, Tensor2D]
  const [hr, hz, hn] = split(add(matMul(h, recurrent), recurrentBias), 3, 1) as [Tensor2D, Tensor2D, Tensor2D]
  const n: Tensor2D = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)))
  return add(n, mul(sigmoid(add(xz, hz)), sub(h, n)))
}

const composedGru = (tensors: GruTensors): Tensor3D => {
  const states = stepsOf(tensors.projected).reduce<readonly Tensor2D[]>(
    (hs, x) => [...hs, gruStep(x, hs.at(-1) ?? tensors.initial, tensors)],
    [],
  )
  return stack([...states]) as Tensor3D
}

/** The first of a kernel's results; the others serve its gradient only. */
const firstOf = (results: unknown): Tensor3D => {
  const [first, ...rest] = results as [Tensor3D, ...Tensor[]]
  for (const tensor of rest) tensor.dispose()
  return first
}

const hasKernel = (name: string): boolean => (getKernel(name, getBackend()) as unknown) !== undefined

/**
 * The states [steps, batch, hidden] of a GRU after each step, differentiable in everything it reads. With `⊙` elementwise:
 *
 * `r = σ(x_r + h·U_r + b_r)`, `z = σ(x_z + h·U_z + b_z)`, `n = tanh(x_n + r ⊙ (h·U_n + b_n))`, `h ← (1 - z) ⊙ n + z ⊙ h`
 *
 * One kernel for the whole sequence where the backend has it, composed operations elsewhere.
 *
 * Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation", EMNLP 2014,
 * §2.3, https://arxiv.org/abs/1406.1078; the reset gate is applied after the product, as in PyTorch and cuDNN.
 *
 * @example
 * ```ts
 * import { tensor1d, zeros, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
 * import { gruSequence } from '@ptu/wasm-kernels'
 *
 * const projected: Tensor3D = zeros([5, 2, 9])
 * const recurrent: Tensor2D = zeros([3, 9])
 * const initial: Tensor2D = zeros([2, 3])
 * console.log(gruSequence({ projected, recurrent, recurrentBias: tensor1d(new Float32Array(9)), initial }).shape) // [5, 2, 3]
 * ```
 */
export const gruSequence = (tensors: GruTensors): Tensor3D => {
  if (!hasKernel(PTU_GRU)) return engine().tidy(() => composedGru(tensors))
  const { projected: x, recurrent: u, recurrentBias: bias, initial: h0 } = tensors
  return firstOf(engine().runKernel(PTU_GRU, { x, u, bias, h0 }))
}

/** The inputs of an LSTM: its data times the input weights, and its recurrent half. */
export interface LstmTensors {
  /** `x·W + b` of every step with all biases, [steps, batch, 4 · hidden], gates in the order input, forget, cell, output. */
  readonly projected: Tensor3D
  /** [hidden, 4 · hidden] */
  readonly recurrent: Tensor2D
  /** [batch, hidden] */
  readonly initialHidden: Tensor2D
  /** [batch, hidden] */
  readonly initialCell: Tensor2D
}

const lstmStep = (x: Tensor2D, [h, c]: readonly [Tensor2D, Tensor2D], recurrent: Tensor2D): [Tensor2D, Tensor2D] => {
  const [i, f, g, o] = split(add(x, matMul(h, recurrent)), 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D]
  const cell: Tensor2D = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)))
  return [mul(sigmoid(o), tanh(cell)), cell]
}

const composedLstm = ({ projected, recurrent, initialHidden, initialCell }: LstmTensors): Tensor3D => {
  const states = stepsOf(projected).reduce<readonly (readonly [Tensor2D, Tensor2D])[]>(
    (all, x) => [...all, lstmStep(x, all.at(-1) ?? [initialHidden, initialCell], recurrent)],
    [],
  )
  return stack(states.map(([h]) => h)) as Tensor3D
}

/**
 * The hidden states [steps, batch, hidden] of an LSTM after each step, differentiable in everything it reads:
 *
 * `i, f, o = σ(x + h·U)`, `g = tanh(x_g + h·U_g)`, `c ← f ⊙ c + i ⊙ g`, `h ← o ⊙ tanh(c)`
 *
 * One kernel for the whole sequence where the backend has it, composed operations elsewhere.
 *
 * Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997, https://doi.org/10.1162/neco.1997.9.8.1735;
 * with the forget gate of Gers et al., Neural Computation 12(10), 2000.
 *
 * @example
 * ```ts
 * import { zeros, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
 * import { lstmSequence } from '@ptu/wasm-kernels'
 *
 * const projected: Tensor3D = zeros([5, 2, 12])
 * const recurrent: Tensor2D = zeros([3, 12])
 * const initial: Tensor2D = zeros([2, 3])
 * console.log(lstmSequence({ projected, recurrent, initialHidden: initial, initialCell: initial }).shape) // [5, 2, 3]
 * ```
 */
export const lstmSequence = (tensors: LstmTensors): Tensor3D => {
  if (!hasKernel(PTU_LSTM)) return engine().tidy(() => composedLstm(tensors))
  const { projected: x, recurrent: u, initialHidden: h0, initialCell: c0 } = tensors
  return firstOf(engine().runKernel(PTU_LSTM, { x, u, h0, c0 }))
}
