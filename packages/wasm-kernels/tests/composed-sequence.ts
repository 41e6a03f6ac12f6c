import {
  abs,
  add,
  concat,
  matMul,
  mul,
  reshape,
  sigmoid,
  slice,
  split,
  stack,
  sub,
  sum,
  tanh,
  tensor,
  zeros,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import { sequenceInputs, type CellParams, type MixedSequenceInputs } from '../src/fused/mixed-sequence.ts'
import { mixBranches } from '../src/index.ts'
import { gatesOf, type Case } from './mixed-sequence-cases.ts'

type State = readonly [h: Tensor, c: Tensor]

/** The next state of a cell from its maps of the input and of the state. */
const cellStep = (cell: 'gru' | 'lstm', input: Tensor, state: Tensor, [h, c]: State): State => {
  const units = h.shape[1] ?? 0
  if (cell === 'gru') {
    const [xr, xz, xn] = split(input, 3, 1) as [Tensor, Tensor, Tensor]
    const [hr, hz, hn] = split(state, 3, 1) as [Tensor, Tensor, Tensor]
    const n = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)))
    return [add(n, mul(sigmoid(add(xz, hz)), sub(h, n))), c]
  }
  const [i, f, g, o] = split(add(input, state), [units, units, units, units], 1) as [Tensor, Tensor, Tensor, Tensor]
  const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)))
  return [mul(sigmoid(o), tanh(next)), next]
}

/** Inputs of the gates at which a cell keeps its state. */
const idle = { gru: [0, 1000, 0], lstm: [-1000, 1000, 0, 0] }

/** The inputs of a step of the composed sequence. */
interface Read {
  readonly c: Case
  readonly inputs: MixedSequenceInputs<Tensor>
  readonly branches: readonly CellParams<Tensor>[]
}

const product = (a: Tensor, b: Tensor): Tensor => matMul(a as Tensor2D, b as Tensor2D)

/** Mixes branches of `repeat` parts, each by the same gates. */
const blend = ({ c, inputs: { update, fineTune } }: Read, branches: readonly Tensor[], repeat = 1): Tensor => {
  const [batch, , , units] = c.sizes
  const wide = (gate: Tensor): Tensor => {
    const flat = gate.rank === 1 ? gate : reshape(gate, [batch, units])
    return concat(
      Array.from({ length: repeat }, () => flat),
      flat.rank - 1,
    )
  }
  const [source, fineTuned, random] = branches as [Tensor, Tensor, Tensor?]
  const gates = { update: wide(update), ...(fineTune && { fineTune: wide(fineTune) }) }
  return mixBranches({ source, fineTuned, ...(random && { random }) }, gates)
}

/** The part of [batch, steps, width] of one step. */
const stepOf = (x: Tensor, t: number): Tensor => reshape(slice(x, [0, t, 0], [x.shape[0], 1, -1]), [x.shape[0], -1])

/** 1 for each example whose step is no padding, else 0; a constant. */
const isReal = ({ c, inputs }: Read, t: number): Tensor => {
  const sums = sum(abs(stepOf(inputs.x, t)), 1, true).dataSync<'float32'>()
  return tensor(
    sums.map((total) => (total > 0 || !c.attrs.masked ? 1 : 0)),
    [sums.length, 1],
  )
}

const inputMap = (read: Read, t: number, [kernel, , bias]: CellParams<Tensor>): Tensor => {
  const { attrs, sizes } = read.c
  const still = tensor(idle[attrs.cell].flatMap((value) => Array.from({ length: sizes[3] }, () => value)))
  const real = isReal(read, t)
  return add(mul(add(product(stepOf(read.inputs.x, t), kernel), bias), real), mul(sub(1, real), still))
}

const stateMap = ([, kernel, , bias]: CellParams<Tensor>, h: Tensor): Tensor =>
  bias ? add(product(h, kernel), bias) : product(h, kernel)

/** The next state of every branch, which share the first of their tensors. */
const next = (read: Read, t: number, states: readonly State[]): readonly State[] => {
  const { attrs, sizes } = read.c
  const [h] = states[0] as State
  const ofInput = read.branches.map((params) => inputMap(read, t, params))
  const ofState = read.branches.map((params) => stateMap(params, h))
  if (attrs.mixed === 'maps') {
    const maps = [ofInput, ofState].map((all) => blend(read, all, gatesOf(attrs))) as [Tensor, Tensor]
    const state = cellStep(attrs.cell, ...maps, states[0] as State)
    return states.map(() => state)
  }
  const own = states.map((state, k) => cellStep(attrs.cell, ofInput[k] as Tensor, ofState[k] as Tensor, state))
  const given = read.inputs.given ? [stepOf(read.inputs.given, t)] : []
  const mixedOf = (part: 0 | 1): Tensor => {
    const fixed = given.map((all) => slice(all, [0, part * sizes[3]], [-1, sizes[3]]))
    return blend(read, [...fixed, ...own.map((state) => state[part])])
  }
  const mixedH = mixedOf(0)
  const mixedC = attrs.mixed === 'all-states' ? mixedOf(1) : undefined
  return own.map(([, ownC]) => [mixedH, mixedC ?? ownC])
}

/** The same by tfjs's operations, one step after the other. */
export const composed = (c: Case, all: readonly Tensor[]): Tensor => {
  const [batch, steps, , units] = c.sizes
  const inputs = sequenceInputs(all, c.attrs)
  const branches = [inputs.source, inputs.fineTuned, inputs.random].filter((params) => params !== undefined)
  const read = { c, inputs, branches }
  const outputs: Tensor[] = []
  let states = branches.map((): State => [zeros([batch, units]), zeros([batch, units])]) as readonly State[]
  for (let t = 0; t < steps; t++) {
    states = next(read, t, states)
    outputs.push(mul((states[0] as State)[0], isReal(read, t)))
  }
  return stack(outputs, 1)
}
