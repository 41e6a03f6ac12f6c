import { Tree } from '@ptu/core'
import type { Layer } from '@ptu/layers'
import type { TransferPlan } from '@ptu/strategies'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import { fitProbe, type Probe } from '@ptu/trainer'
import { tensor } from '@tensorflow/tfjs-core'

import { RunError } from '../errors.ts'
import { featuresFor } from './head-view.ts'
import type { LabelledTask } from './method.ts'

/**
 * Starts the head from a linear probe of the source as it is, before the blocks of the plan are trained: LP-FT where they
 * are fine-tuned.
 *
 * The probe is `fitProbe`: logistic regression whose penalty is chosen by folds of the labelled examples. Rejects with
 * `RunError` for fewer than two classes.
 *
 * References:
 *   Kumar, Raghunathan, Jones, Ma & Liang, "Fine-tuning can distort pretrained features and underperform out-of-distribution", ICLR 2022, §3.4, https://arxiv.org/abs/2202.10054
 */
export const probeFirst = async ({ blocks, head }: TransferPlan, task: LabelledTask): Promise<TransferPlan> => {
  const { shape, features, labels, classes } = await featuresFor(task)
  if (classes.length < 2) throw new RunError('expected examples of at least two classes for a linear probe')
  const size = shape.reduce((product, n) => product * n, 1)
  const options = { features: Float32Array.from(features), size, labels, classes: classes.length, key: task.key }
  return { blocks, head: startingAt(head, fitProbe(options)) }
}

/** A head that starts at the weights of a probe. */
const startingAt = (head: Layer, { weights, bias }: Probe): Layer => ({
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
