import { fixedGate, hierarchicalGate } from '@ptu/gates'
import { fineTunePlan, ptu, scratch, sharePlan, uniformPlan } from '@ptu/strategies'

import type { Hyperparameters, Method, Question, Role } from './method.ts'

const atEachRate =
  (depths: (blocks: number) => readonly (number | null)[]): Method['trials'] =>
  ({ blocks, rates }: Question): readonly Hyperparameters[] =>
    depths(blocks).flatMap((depth) => rates.map((rate) => ({ depth, rate })))

const everyDepth = (blocks: number): readonly number[] => Array.from({ length: blocks }, (_, i) => i + 1)

const baseline = (name: string, trials: Method['trials'], plan: Method['plan']): Method => ({
  name,
  role: 'baseline',
  trials,
  plan,
})

const once = (name: string, role: Role, plan: Method['plan']): Method => ({
  name,
  role,
  trials: ({ rate }) => [{ depth: null, rate }],
  plan,
})

/** The methods that every comparison knows. Without a depth, all blocks are taken. */
export const builtInMethods: readonly Method[] = [
  baseline(
    'scratch',
    atEachRate(() => [null]),
    (source) => uniformPlan(source, scratch),
  ),
  baseline('share', atEachRate(everyDepth), (source, { depth }) => sharePlan(source, depth ?? source.blocks.length)),
  baseline('fine-tune', atEachRate(everyDepth), (source, { depth }) =>
    fineTunePlan(source, depth ?? source.blocks.length),
  ),
  once('ptu', 'candidate', (source) => uniformPlan(source, ptu())),
  once('ptu-three', 'candidate', (source) => uniformPlan(source, ptu({ gate: hierarchicalGate({ branches: 3 }) }))),
  once('ptu-fixed', 'control', (source) => uniformPlan(source, ptu({ gate: fixedGate({ update: 0.75 }) }))),
]

/** A method held at one setting: it searches nothing. */
export const heldAt = (method: Method, chosen: Hyperparameters): Method => ({
  ...method,
  role: method.role === 'baseline' ? 'recipe' : method.role,
  trials: () => [chosen],
})
