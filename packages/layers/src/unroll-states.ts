import { scope } from '@ptu/tensor'
import { stack, transpose, zeros, type Tensor } from '@tensorflow/tfjs-core'

import type { Cell, RecurrentParams } from './cell.ts'
import { realSteps } from './sequence.ts'
import type { StateBranch } from './structure.ts'
import { ofInput, ofState, outputsOf, startOf, stepByStep, stepInputs, stepsOf, type MixBranches } from './unroll.ts'

/** Computes a branch's state after a step from its state before it. */
type Advance = (step: number, state: readonly Tensor[]) => readonly Tensor[]

/** The tensors of a state that are mixed, and whether steps of zeros are padding. */
export interface MixedStates {
  /** The number of a state's tensors that are mixed, from the first on. Each branch keeps the others to itself. */
  readonly count: number
  readonly masked: boolean
}

/** Runs a cell over `[batch, steps, in]` with its state mixed after every step: `[batch, steps, units]`. */
export const unrollStates = (
  cell: Cell,
  branches: readonly StateBranch<RecurrentParams>[],
  x: Tensor,
  mix: MixBranches,
  { count, masked }: MixedStates,
): Tensor =>
  scope(() => {
    const [batch = 1, steps = 1] = x.shape
    const real = masked ? realSteps(x) : undefined
    const zero = zeros([batch, Math.max(...branches.map(unitsOf))])
    const advance = branches.map((branch) => advanceOf(cell, branch, x, real))
    const start = branches.map(() => startOf(cell, zero))
    const all = stepByStep(
      Array.from({ length: steps }, (_, t) => t),
      start,
      (t, states) => {
        const next = advance.map((run, k) => run(t, states[k] ?? []))
        const mixed = Array.from({ length: count }, (_, i) => mix(next.map((state) => state[i] ?? zero)))
        return next.map((state) => [...mixed, ...state.slice(count)])
      },
    )
    return outputsOf(stack(all.map(([state]) => state?.[0] ?? zero)), real)
  })

const unitsOf = (branch: StateBranch<RecurrentParams>): number =>
  ('params' in branch ? branch.params.recurrentKernel.shape[0] : branch.states[0]?.shape[2]) ?? 1

const advanceOf = (cell: Cell, branch: StateBranch<RecurrentParams>, x: Tensor, real: Tensor | undefined): Advance => {
  if ('states' in branch) {
    const given = branch.states.map((states) => stepsOf(transpose(states, [1, 0, 2])))
    return (t) => given.map((steps) => steps[t] ?? x)
  }
  const { params } = branch
  const inputs = stepsOf(stepInputs(cell, ofInput(params)(x), real))
  return (t, state) => cell.step(inputs[t] ?? x, ofState(params, state[0] ?? x), state)
}
