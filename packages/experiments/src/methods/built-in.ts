import { fixedGate, hierarchicalGate, type Gate } from '@ptu/gates'
import type { Layer } from '@ptu/layers'
import type { OpenBlock, SourceNetwork } from '@ptu/networks'
import {
  branchesOver,
  decayed,
  fineTune,
  fineTunePlan,
  l2sp,
  lora,
  mixout,
  ptu,
  queriesAndValues,
  scratch,
  share,
  sharePlan,
  uniformPlan,
  type Strategy,
} from '@ptu/strategies'

import { layerWiseRates, noRates } from './layer-wise.ts'
import { RunError } from '../errors.ts'
import { byEvidence } from './label-evidence.ts'
import type { Hyperparameters, Method, Question, Role } from './method.ts'
import { probeFirst } from './probe-first.ts'
import { setFit } from './set-fit.ts'

const atEachRate =
  (depths: (blocks: number) => readonly (number | null)[]): Method['trials'] =>
  ({ blocks, rates }: Question): readonly Hyperparameters[] =>
    depths(blocks).flatMap((depth) => rates.map((rate) => ({ depth, rate })))

const everyDepth = (blocks: number): readonly number[] => Array.from({ length: blocks }, (_, i) => i + 1)

/** Every depth that leaves a block to fine-tune; for a single block, that block. */
const depthsBelowLast = (blocks: number): readonly number[] => everyDepth(Math.max(1, blocks - 1))

/** The kinds of task with one answer for each example: a class, a set of labels or a number. */
const oneAnswer = ['classify', 'multi-label', 'regress']

/** The gates of the control: an update of .75, and σ(2) of the fine-tuned branch, as `ptu` of three branches starts. */
const fixed = { update: 0.75, fineTune: 1 / (1 + Math.exp(-2)) } as const

/** The control has as many branches as the unit that it controls. */
const fixedOver = (layer: Layer): Gate => fixedGate(branchesOver(layer) === 3 ? fixed : { update: fixed.update })

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

/** One strategy for all blocks, of which one at least has an attention. */
const attended = (source: SourceNetwork<OpenBlock>, strategy: Strategy): readonly Strategy[] => {
  if (source.blocks.every((block) => !strategy(block).learns))
    throw new RunError('expected a block with attention among those that may learn; leave the method out, or take lora')
  return uniformPlan(source, strategy)
}

/**
 * The methods that every comparison knows. Without a depth, all blocks are taken.
 *
 * - `scratch`, `share`, `fine-tune`: the first `depth` blocks as the name says, the others from a random start.
 * - `freeze`: the first `depth` blocks frozen, the others fine-tuned.
 * - `share-all`, `fine-tune-all`: recipes that search nothing, all blocks at the rate that fits the source.
 * - `lp-ft`: the head starts from a linear probe, then all is fine-tuned.
 * - `l2-sp`: all is fine-tuned, held near the source, and the head near 0.
 * - `mixout`: all is fine-tuned, a random nine tenths of it put back to the source's in every step.
 * - `layer-wise`: all is fine-tuned, each block 2.6 times slower than the one above it.
 * - `lora`: matrices of rank 4 are learnt and added to the source's; `lora-qv` only to queries and values of attentions.
 * - `probe`: the head is a linear probe of the source as it is.
 * - `setfit`: the blocks are trained on pairs of examples, then the head is a linear probe.
 * - `ptu`, `ptu-three`: units with learnt gates, of three branches everywhere in `ptu-three`.
 * - `ptu-evidence`: units whose gates the evidence of the labelled examples sets, before training.
 * - `ptu-fixed`: the control of `ptu`, its gates held at an update of .75.
 */
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
  baseline('freeze', atEachRate(depthsBelowLast), ({ blocks }, { depth }) =>
    blocks.map((_, i) => (i < (depth ?? blocks.length) ? share : fineTune)),
  ),
  once('share-all', 'recipe', (source) => uniformPlan(source, share)),
  once('fine-tune-all', 'recipe', (source) => uniformPlan(source, fineTune)),
  { ...once('lp-ft', 'recipe', (source) => uniformPlan(source, fineTune)), kinds: oneAnswer, adapt: probeFirst },
  {
    ...once('l2-sp', 'recipe', (source) => uniformPlan(source, l2sp(fineTune))),
    adapt: ({ blocks, head }) => ({ blocks, head: decayed(head) }),
  },
  once('mixout', 'recipe', (source) => uniformPlan(source, mixout())),
  { ...once('layer-wise', 'recipe', (source) => uniformPlan(source, fineTune)), rateParts: layerWiseRates },
  once('lora', 'recipe', (source) => uniformPlan(source, lora())),
  once('lora-qv', 'recipe', (source) => attended(source, lora({ select: queriesAndValues }))),
  {
    ...once('probe', 'recipe', (source) => uniformPlan(source, share)),
    ...{ kinds: oneAnswer, rateParts: noRates, adapt: probeFirst },
  },
  {
    ...once('setfit', 'recipe', (source) => uniformPlan(source, fineTune)),
    ...{ kinds: ['classify'], rateParts: noRates, adapt: setFit },
  },
  once('ptu', 'candidate', (source) => uniformPlan(source, ptu())),
  once('ptu-three', 'candidate', (source) => uniformPlan(source, ptu({ gate: hierarchicalGate({ branches: 3 }) }))),
  {
    ...once('ptu-evidence', 'candidate', (source) => uniformPlan(source, ptu())),
    kinds: oneAnswer,
    adapt: byEvidence,
  },
  once('ptu-fixed', 'control', (source) => uniformPlan(source, ptu({ gate: fixedOver }))),
]

/** A method held at one setting: it searches nothing. */
export const heldAt = (method: Method, chosen: Hyperparameters): Method => ({
  ...method,
  role: method.role === 'baseline' ? 'recipe' : method.role,
  trials: () => [chosen],
})
