import { foldIn, permutation, type Key } from '@ptu/core'
import { take, toTensors, type Dataset } from '@ptu/data'
import { evidence, evidencePlan, type Evidence, type EvidenceOptions, type TransferPlan } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'

import { RunError } from '../errors.ts'
import { asHeadReads } from './head-view.ts'
import type { AdaptedPlan, LabelledTask } from './method.ts'

/** The most examples that evidence looks at: its cost is of the second power, its memory too. */
const usualLimit = 150

/** The most classes of which two examples each are looked at. */
const mostClasses = 1000

/** The examples that evidence looks at: all, or the same number of each class in a random draw. A class may have fewer. */
export const examplesForEvidence = (key: Key, labelled: Dataset): Dataset => {
  const { labels, classes } = labelled
  const limit = Math.max(usualLimit, 2 * classes.length)
  if (labels.length <= limit) return labelled
  const each = Math.floor(limit / classes.length)
  const taken = classes.map(() => 0)
  return take(
    labelled,
    permutation(key, labels.length).filter((i) => {
      const label = labels[i] as number
      taken[label] = (taken[label] ?? 0) + 1
      return taken[label] <= each
    }),
  )
}

/** The error of a number of classes or labels that evidence cannot be weighed for; undefined of others, and of numbers. */
export const classesProblem = ({
  classes: { length },
  targets,
}: Pick<Dataset, 'classes' | 'targets'>): RunError | undefined =>
  targets?.kind === 'regress' || (length >= 2 && length <= mostClasses)
    ? undefined
    : new RunError(`expected labelled examples of 2 to ${mostClasses} classes to weigh evidence, got ${length}`)

/** The options of {@link labelEvidence}: another rule than the usual one. */
export type LabelEvidenceOptions = Pick<EvidenceOptions, 'judge' | 'margin' | 'depths' | 'onStep'>

/**
 * Weighs what of a source transfers to labelled examples, as a method or an advice acts on it.
 *
 * The hypotheses are three: all blocks as they are, all adapted from the source, all new. They are judged by the sum of
 * their leave-one-out losses, and only what beats "all adapted" by `decisiveMargin` nats departs from the usual recipe. The
 * loss is the cross-entropy of classes; of sets of labels its sum over the labels, as if these were independent; of numbers
 * minus the log density of a normal distribution around the prediction, at deviation 1. Rejects with `RunError` for fewer than two classes, and for more than a thousand.
 */
export const labelEvidence = async (
  { source, labelled, normalisation, key }: LabelledTask,
  options: LabelEvidenceOptions = {},
): Promise<Evidence> => {
  const { length: classes } = labelled.classes
  const problem = classesProblem(labelled)
  if (problem !== undefined) throw problem
  const chosen = examplesForEvidence(foldIn(key, 0), labelled)
  const { x, y } = toTensors(chosen, normalisation)
  try {
    return await evidence(
      asHeadReads(source, labelled.shape),
      { x, labels: chosen.labels, classes, targets: chosen.targets },
      {
        key: foldIn(key, 1),
        judge: 'leave-one-out-sum',
        depths: 'ends',
        ...options,
        limit: Math.max(usualLimit, chosen.labels.length),
      },
    )
  } finally {
    disposeParams([x, y])
  }
}

/** The blocks as the evidence of the labelled examples sets them; the head of the plan. */
export const byEvidence = async ({ head }: TransferPlan, task: LabelledTask): Promise<AdaptedPlan> => {
  const found = await labelEvidence(task)
  return { blocks: evidencePlan(task.source, found), head, evidence: found }
}
