import { split as splitKey, type Key } from '@ptu/core'
import { scope } from '@ptu/tensor'
import {
  add,
  matMul,
  mul,
  reshape,
  stack,
  sub,
  tensor1d,
  transpose,
  unstack,
  zeros,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core'

import { glorotUniform, lecunNormal, type Initializer } from './initializers.ts'
import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'
import { realSteps, sequenceShape, type MaskedOptions } from './sequence.ts'

/** The parameters of every recurrent layer; its gates lie one after another in the columns. */
export type RecurrentParams = {
  /** `[in, gates·units]` */
  readonly kernel: Tensor
  /** `[units, gates·units]` */
  readonly recurrentKernel: Tensor
  /** `[gates·units]` */
  readonly bias: Tensor
  /** `[gates·units]`; only where it is not the same as a part of `bias`, as in a GRU. */
  readonly recurrentBias?: Tensor
}

/** The options of every recurrent layer. */
export interface RecurrentOptions extends MaskedOptions {
  /** Of the kernel; default {@link glorotUniform}, gate by gate. */
  readonly initializer?: Initializer
  /** Of the recurrent kernel; default {@link lecunNormal}, which keeps the variance of the state. */
  readonly recurrentInitializer?: Initializer
}

/** One step of a recurrent layer. */
export interface Cell {
  readonly type: string
  readonly gates: number
  /** Whether the affine map of the state has a bias of its own. */
  readonly recurrentBias: boolean
  /** What the bias of each gate starts from. */
  readonly biases: readonly number[]
  /** How many `[batch, units]` make up the state; the first is the output. */
  readonly states: number
  /** The next state, of the affine maps of the input and of the state, both `[batch, gates·units]`, and the state. */
  step(input: Tensor, recurrent: Tensor, state: readonly Tensor[]): readonly Tensor[]
}

/** Makes one tensor of several of one shape, `[batch, steps, gates, units]`. */
export type MixBranches = (branches: readonly Tensor[]) => Tensor

/** The layer that runs a cell over the steps of a sequence, from a state of 0. */
export const recurrent = (cell: Cell, units: number, options: RecurrentOptions): Layer<RecurrentParams> => {
  const { masked = false, initializer = glorotUniform, recurrentInitializer = lecunNormal } = options
  const name = `${cell.type}(${units})`
  checkCount(name, 'units', units)
  return {
    spec: { type: cell.type, units, masked },
    structure: { kind: 'opaque' },
    output: (input) => [sequenceShape(name, input)[0], units],
    init: (key, input) => {
      const [, features] = sequenceShape(name, input)
      return initial(cell, units, features, [initializer, recurrentInitializer], key)
    },
    apply: (params, x) => {
      sequenceShape(name, x.shape.slice(1))
      return unroll(cell, [params], x, onlyBranch, masked)
    },
  }
}

const initial = (
  { gates, biases, recurrentBias }: Cell,
  units: number,
  features: number,
  [initializer, recurrentInitializer]: readonly [Initializer, Initializer],
  key: Key,
): RecurrentParams => {
  const [kernelKey = key, recurrentKey = key] = splitKey(key, 2)
  const width = gates * units
  return {
    kernel: initializer(kernelKey, [features, width], { in: features, out: units }),
    recurrentKernel: recurrentInitializer(recurrentKey, [units, width], { in: units, out: units }),
    bias: tensor1d(
      biases.flatMap((value) => Array.from({ length: units }, () => value)),
      'float32',
    ),
    ...(recurrentBias && { recurrentBias: zeros([width]) }),
  }
}

const onlyBranch: MixBranches = ([branch]) => (branch as Tensor).clone()

/**
 * Runs a cell over `[batch, steps, in]`, each of its affine maps a mix of the same map by several parameters.
 *
 * One product makes the inputs of all steps, one the gates of a step. Every branch reads the one state there is.
 */
const unroll = (
  cell: Cell,
  branches: readonly RecurrentParams[],
  x: Tensor,
  mix: MixBranches,
  masked: boolean,
): Tensor =>
  scope(() => {
    const [batch = 1, steps = 1, features = 1] = x.shape
    const width = branches[0]?.bias.size ?? 1
    const units = width / cell.gates
    const flat = reshape(x, [batch * steps, features])
    const mixed = (length: number, maps: readonly Tensor[]): Tensor =>
      mix(maps.map((map) => reshape(map, [batch, length, cell.gates, units])))
    const all = mixed(
      steps,
      branches.map(({ kernel, bias }) => add(matMul(flat as Tensor2D, kernel as Tensor2D), bias)),
    )
    const inputs = overSteps(reshape(all, [batch, steps, width]))
    const real = masked ? overSteps(realSteps(x)) : []
    let state: readonly Tensor[] = Array.from({ length: cell.states }, () => zeros([batch, units]))
    const outputs = inputs.map((input, t) => {
      const maps = branches.map((params) => ofState(params, state[0] as Tensor))
      const next = cell.step(input, reshape(mixed(1, maps), [batch, width]), state)
      state = real[t] ? keep(real[t], next, state) : next
      const [h = input] = state
      return real[t] ? mul(h, real[t]) : h
    })
    return stack(outputs, 1)
  })

/** `[batch, steps, ...]` as a list of `[batch, ...]`. */
const overSteps = (x: Tensor): readonly Tensor[] => unstack(transpose(x, [1, 0, 2]))

const ofState = ({ recurrentKernel, recurrentBias }: RecurrentParams, h: Tensor): Tensor => {
  const product = matMul(h as Tensor2D, recurrentKernel as Tensor2D)
  return recurrentBias ? add(product, recurrentBias) : product
}

/** The next state where the step is real, else the state there was. */
const keep = (real: Tensor, next: readonly Tensor[], state: readonly Tensor[]): readonly Tensor[] =>
  next.map((after, i) => add(mul(after, real), mul(state[i] as Tensor, sub(1, real))))
