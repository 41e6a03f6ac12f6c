import { inTurns, Tree } from '@ptu/core'
import { foldsStratified, type Dataset, type Targets } from '@ptu/data'
import type { Layer } from '@ptu/layers'
import type { TransferPlan } from '@ptu/strategies'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import { probeSteps, type Probe } from '@ptu/trainer'
import { tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'

import { RunError } from '../errors.ts'
import { targetKinds } from '../tasks/task-kind.ts'
import { featuresFor } from './head-view.ts'
import type { LabelledTask } from './method.ts'

/**
 * Starts the head from a linear probe of the source as it is, before the blocks of the plan are trained: LP-FT where they
 * are fine-tuned.
 *
 * The probe is `fitProbe`, logistic regression whose penalty is chosen by folds of the labelled examples; of sets of labels one
 * for each label, of numbers a ridge regression. Rejects with `RunError` for fewer than two classes, and for fewer than two
 * examples.
 *
 * References:
 *   Kumar, Raghunathan, Jones, Ma & Liang, "Fine-tuning can distort pretrained features and underperform out-of-distribution", ICLR 2022, §3.4, https://arxiv.org/abs/2202.10054
 */
export const probeFirst = async ({ blocks, head }: TransferPlan, task: LabelledTask): Promise<TransferPlan> => {
  const vectors = await featuresFor(task)
  return {
    blocks,
    head: startingAt(
      head,
      await (vectors.targets === undefined ? ofClasses(vectors, task) : ofTargets(vectors, vectors.targets, task)),
    ),
  }
}

type Linear = Pick<Probe, 'weights' | 'bias'>

const ofClasses = async ({ shape, features, labels, classes }: Dataset, { key }: LabelledTask): Promise<Linear> => {
  if (classes.length < 2) throw new RunError('expected examples of at least two classes for a linear probe')
  const size = shape.reduce((product, n) => product * n, 1)
  return inTurns(probeSteps({ features: Float32Array.from(features), size, labels, classes: classes.length, key }))
}

/** At most as many folds. */
const mostFolds = 5

const ofTargets = async (vectors: Dataset, { kind }: Targets, { key }: LabelledTask): Promise<Linear> => {
  const folds = foldsStratified(key, vectors, Math.max(2, Math.min(mostFolds, vectors.labels.length)))
  if (E.isLeft(folds)) throw new RunError(folds.left.message)
  return inTurns(targetKinds[kind].probe({ vectors, folds: folds.right, key }))
}

/** A head that starts at the weights of a probe. */
const startingAt = (head: Layer, { weights, bias }: Linear): Layer => ({
  ...head,
  init: (key, input) => {
    const fresh = head.init(key, input)
    const started = Tree.map(fresh, (leaf, path) =>
      tensor(Float32Array.from(path.at(-1) === 'bias' ? bias : weights), leaf.shape),
    ) as ParamTree
    disposeParams(fresh)
    return started
  },
})
