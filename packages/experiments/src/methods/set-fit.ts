import { Tree } from '@ptu/core'
import { infer } from '@ptu/layers'
import { freeze } from '@ptu/networks'
import type { Strategy, TransferPlan } from '@ptu/strategies'
import { disposeParams, scope, type ParamTree } from '@ptu/tensor'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'

import { RunError } from '../errors.ts'
import { contrasted } from './contrast.ts'
import { contrastivePairs } from './contrastive-pairs.ts'
import type { LabelledTask } from './method.ts'
import { probeFirst } from './probe-first.ts'

/** The pairs of one class, and of two, that are drawn for each class. */
const pairsEach = 20

/** The rate at which the authors train on pairs. */
const rate = 1e-3

/**
 * Trains the blocks on pairs of labelled examples before the head, then fits the head as a linear probe: SetFit.
 *
 * For each class 20 pairs of it and 20 with another class are drawn; one pass over them by Adam at 1e-3, 16 pairs a step, brings
 * the cosine of two vectors to 1 where the classes are equal, else to 0. The blocks then stay as they are. Rejects with
 * `RunError` for fewer than two classes.
 *
 * Departs from the authors in what is trained: the blocks that may learn, not the whole encoder.
 *
 * References:
 *   Tunstall et al., "Efficient few-shot learning without prompts", 2022, §3, https://arxiv.org/abs/2209.11055
 */
export const setFit = async ({ head }: TransferPlan, task: LabelledTask): Promise<TransferPlan> => {
  const { source, labelled, key } = task
  if (new Set(labelled.labels).size < 2)
    throw new RunError('expected examples of at least two classes to draw pairs of two classes')
  const params = await contrasted(task, contrastivePairs(key, labelled, pairsEach), rate)
  const tuned = freeze(source.blocks, params)
  const found = await probeFirst({ blocks: [], head }, { ...task, source: tuned })
  const held = await Promise.all(params.map((tree) => valuesOf(tree)))
  disposeParams(params)
  return { blocks: held.map((values) => holding(values)), head: found.head }
}

/** The numbers of a tree, which outlive its tensors. */
const valuesOf = async (params: ParamTree): Promise<readonly Float32Array[]> =>
  Promise.all(Tree.leaves(params).map(async (leaf) => (await leaf.data()) as Float32Array))

/** A block as it is with other parameters: nothing to learn. */
const holding =
  (values: readonly Float32Array[]): Strategy =>
  ({ name, layer, params: like }) => {
    const made = (): ParamTree => {
      let next = 0
      return Tree.map<Tensor, Tensor>(like, ({ shape }) => tensor(values[next++] ?? [], shape))
    }
    return {
      name,
      strategy: 'share',
      learns: false,
      observes: false,
      output: (input) => layer.output(input),
      init: () => [],
      apply: (_params, { x }) => scope(() => layer.apply(made(), x, infer)),
      fold: () => ({ layer, params: made() }),
    }
  }
