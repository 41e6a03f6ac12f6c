import { scope } from '@ptu/tensor'
import {
  add,
  engine,
  getBackend,
  getKernel,
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

import type { Cell, RecurrentParams } from './cell.ts'
import { realSteps } from './sequence.ts'

/** Makes one tensor of several of one shape, `[batch, steps, gates, units]`. */
export type MixBranches = (branches: readonly Tensor[]) => Tensor

/**
 * Runs a cell over `[batch, steps, in]` from a state of 0: `[batch, steps, units]`.
 *
 * One product makes the inputs of all steps, one the gates of a step; one kernel runs all steps where the backend has it.
 */
export const unroll = (cell: Cell, params: RecurrentParams, x: Tensor, masked: boolean): Tensor =>
  overSteps(
    cell,
    x,
    masked,
    () => ofInput(params, x),
    (inputs, zero) => {
      const { fused } = cell
      if (fused && (getKernel(fused.kernel, getBackend()) as unknown) !== undefined) {
        const [states = zero] = engine().runKernel<Tensor[]>(fused.kernel, fused.inputs(inputs, params, zero))
        return states
      }
      return stepByStep(cell, inputs, zero, (h) => ofState(params, h))
    },
  )

/** {@link unroll} with each affine map a mix of the same map by several parameters; all read the one state there is. */
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
  const inputs = (): Tensor => mixed(branches.map((params) => ofInput(params, x)))
  return overSteps(cell, x, masked, inputs, (all, zero) =>
    stepByStep(cell, all, zero, (h) => {
      const maps = branches.map((params) => ofState(params, h))
      const [batch = 1, width = 1] = maps[0]?.shape ?? []
      return reshape(mixed(maps.map((map) => reshape(map, [batch, 1, width]))), [batch, width])
    }),
  )
}

/** The states of all steps that `run` makes of their inputs, both `[steps, batch, ...]`, with padding passed by. */
const overSteps = (
  cell: Cell,
  x: Tensor,
  masked: boolean,
  makeInputs: () => Tensor,
  run: (inputs: Tensor, zero: Tensor) => Tensor,
): Tensor =>
  scope(() => {
    const inputs = makeInputs()
    const [batch = 1, , width = 1] = inputs.shape
    const real = masked ? realSteps(x) : undefined
    const read = real ? idleWhere(cell, real, inputs) : inputs
    const states = run(transpose(read, [1, 0, 2]), zeros([batch, width / cell.gates]))
    const outputs = transpose(states, [1, 0, 2])
    return real ? mul(outputs, real) : outputs
  })

/** The inputs of all steps, with those of padding such that the state passes it by. */
const idleWhere = ({ idle }: Cell, real: Tensor, inputs: Tensor): Tensor => {
  const units = (inputs.shape[2] ?? 1) / idle.length
  const kept = tensor1d(idle.flatMap((value) => Array.from({ length: units }, () => value)))
  return add(mul(inputs, real), mul(sub(1, real), kept))
}

/** The affine map of the input, `[batch, steps, gates·units]`. */
const ofInput = ({ kernel, bias }: RecurrentParams, x: Tensor): Tensor => {
  const [batch = 1, steps = 1, features = 1] = x.shape
  const flat: Tensor2D = reshape(x, [batch * steps, features])
  return reshape(add(matMul(flat, kernel as Tensor2D), bias), [batch, steps, bias.size])
}

/** The affine map of the state, `[batch, gates·units]`. */
const ofState = ({ recurrentKernel, recurrentBias }: RecurrentParams, h: Tensor): Tensor => {
  const product = matMul(h as Tensor2D, recurrentKernel as Tensor2D)
  return recurrentBias ? add(product, recurrentBias) : product
}

const stepByStep = (cell: Cell, inputs: Tensor, zero: Tensor, gatesOf: (h: Tensor) => Tensor): Tensor => {
  let state: readonly Tensor[] = Array.from({ length: cell.states }, () => zero)
  const outputs = unstack(inputs).map((input) => {
    state = cell.step(input, gatesOf(state[0] ?? zero), state)
    return state[0] ?? zero
  })
  return stack(outputs)
}
