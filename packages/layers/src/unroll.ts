import { scope } from '@ptu/tensor'
import {
  add,
  engine,
  getBackend,
  getKernel,
  matMul,
  mul,
  reshape,
  squeeze,
  stack,
  sub,
  tensor1d,
  transpose,
  unstack,
  zeros,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core'

import type { Cell, RecurrentParams } from './cell.ts'
import { realSteps } from './sequence.ts'

/** Makes one tensor of several that have one shape. */
export type MixBranches = (branches: readonly Tensor[]) => Tensor

/**
 * Runs a cell over `[batch, steps, in]` from a state of 0: `[batch, steps, units]` for each of the first `count`
 * tensors of its state.
 *
 * One product makes the inputs of all steps, and one per step makes its gates. If only the output is wanted and the
 * backend has a kernel that runs all steps, that kernel is used.
 */
export const unroll = (
  cell: Cell,
  params: RecurrentParams,
  x: Tensor,
  masked: boolean,
  count: number,
): readonly Tensor[] =>
  overSteps(cell, x, masked, ofInput(params), (inputs, zero) => {
    const { fused } = cell
    // no gradient passes through the kernel's other results
    if (fused && count === 1 && (getKernel(fused.kernel, getBackend()) as unknown) !== undefined)
      return engine()
        .runKernel<Tensor[]>(fused.kernel, fused.inputs(inputs, params, zero))
        .slice(0, 1)
    const steps = stepByStep(stepsOf(inputs), startOf(cell, zero), (input, state) =>
      cell.step(input, ofState(params, state[0] ?? zero), state),
    )
    return Array.from({ length: count }, (_, i) => stack(steps.map((state) => state[i] ?? zero)))
  })

/**
 * {@link unroll} with each affine map a mix of that map under several parameters; all of them read the one shared
 * state.
 */
export const unrollMixed = (
  cell: Cell,
  branches: readonly RecurrentParams[],
  x: Tensor,
  mix: MixBranches,
  masked: boolean,
): Tensor => {
  const mixed = (maps: readonly Tensor[]): Tensor => {
    const [batch = 1, steps = 1, width = 1] = maps[0]?.shape ?? []
    const perGate = maps.map((map) => reshape(map, [batch, steps, cell.gates, width / cell.gates]))
    return reshape(mix(perGate), [batch, steps, width])
  }
  const ofInputs = (input: Tensor): Tensor => mixed(branches.map((params) => ofInput(params)(input)))
  const [states = x] = overSteps(cell, x, masked, ofInputs, (inputs, zero) => {
    const steps = stepByStep(stepsOf(inputs), startOf(cell, zero), (input, state) => {
      const maps = branches.map((params) => ofState(params, state[0] ?? zero))
      const [batch = 1, width = 1] = maps[0]?.shape ?? []
      const ofMixed = reshape(mixed(maps.map((map) => reshape(map, [batch, 1, width]))), [batch, width])
      return cell.step(input, ofMixed, state)
    })
    return [stack(steps.map(([h = zero]) => h))]
  })
  return states
}

/**
 * The states that `run` makes of the inputs of all steps, both `[steps, batch, ...]`; steps of padding are passed over.
 */
const overSteps = (
  cell: Cell,
  x: Tensor,
  masked: boolean,
  inputsOf: (x: Tensor) => Tensor,
  run: (inputs: Tensor, zero: Tensor) => readonly Tensor[],
): readonly Tensor[] =>
  scope(() => {
    const real = masked ? realSteps(x) : undefined
    const inputs = stepInputs(cell, inputsOf(x), real)
    const [, batch = 1, width = 1] = inputs.shape
    return run(inputs, zeros([batch, width / cell.gates])).map((states) => outputsOf(states, real))
  })

/** The inputs of all steps, `[steps, batch, gates·units]`; at a step of padding they make the state stay as it is. */
export const stepInputs = (cell: Cell, inputs: Tensor, real: Tensor | undefined): Tensor =>
  transpose(real ? idleWhere(cell, real, inputs) : inputs, [1, 0, 2])

/** The states of all steps, `[steps, batch, units]`, as the layer gives them: `[batch, steps, units]`, 0 at padding. */
export const outputsOf = (states: Tensor, real: Tensor | undefined): Tensor => {
  const outputs = transpose(states, [1, 0, 2])
  return real ? mul(outputs, real) : outputs
}

const idleWhere = ({ idle }: Cell, real: Tensor, inputs: Tensor): Tensor => {
  const units = (inputs.shape[2] ?? 1) / idle.length
  const kept = tensor1d(idle.flatMap((value) => Array.from({ length: units }, () => value)))
  return add(mul(inputs, real), mul(sub(1, real), kept))
}

/** The affine map of the input, `[batch, steps, gates·units]`. */
export const ofInput =
  ({ kernel, bias }: RecurrentParams) =>
  (x: Tensor): Tensor => {
    const [batch = 1, steps = 1, features = 1] = x.shape
    const flat: Tensor2D = reshape(x, [batch * steps, features])
    return reshape(add(matMul(flat, kernel as Tensor2D), bias), [batch, steps, bias.size])
  }

/** The affine map of the state, `[batch, gates·units]`. */
export const ofState = ({ recurrentKernel, recurrentBias }: RecurrentParams, h: Tensor): Tensor => {
  const product = matMul(h as Tensor2D, recurrentKernel as Tensor2D)
  return recurrentBias ? add(product, recurrentBias) : product
}

/** The state before the first step. */
export const startOf = ({ states }: Cell, zero: Tensor): readonly Tensor[] => Array.from({ length: states }, () => zero)

/** The slices of the first axis. tfjs cannot differentiate `unstack` of a single slice. */
export const stepsOf = (x: Tensor): readonly Tensor[] => (x.shape[0] === 1 ? [squeeze(x, [0])] : unstack(x))

/** The state after each step. */
export const stepByStep = <I, S>(inputs: readonly I[], start: S, next: (input: I, state: S) => S): readonly S[] => {
  let state = start
  return inputs.map((input) => (state = next(input, state)))
}
