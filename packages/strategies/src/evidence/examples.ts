import { OptionError, ShapeError } from '@ptu/core'

import type { ExampleTargets, LabelledExamples } from './options.ts'

/**
 * The examples that the evidence uses: all, or the first `floor(limit / classes)` of each class where there are more than
 * `limit`.
 *
 * Throws `ShapeError` if the labels or targets do not fit the inputs, `OptionError` for fewer than two examples, a label outside
 * the classes, and a limit below the number of classes.
 */
export const chosenExamples = (labelled: LabelledExamples, limit: number): readonly number[] => {
  const { x, labels, classes } = labelled
  const count = labels.length
  if (x.shape[0] !== count)
    throw new ShapeError(`evidence: expected a label for each of ${String(x.shape[0])} examples, got ${count}`)
  checkLabels(labels, classes)
  checkTargets(labelled)
  const all = Array.from({ length: count }, (_, i) => i)
  if (count <= limit) return all
  const share = Math.floor(limit / classes)
  if (share < 1)
    throw new OptionError(
      `evidence: expected a limit of at least one example for each of ${classes} classes, got ${limit}`,
    )
  const taken = new Int32Array(classes)
  return all.filter((i) => {
    const label = labels[i] as number
    taken[label] = (taken[label] ?? 0) + 1
    return (taken[label] ?? 0) <= share
  })
}

/** The targets of chosen examples; undefined of examples with one class each. */
export const targetsAt = (
  { targets, classes }: Pick<LabelledExamples, 'targets' | 'classes'>,
  chosen: readonly number[],
): ExampleTargets | undefined =>
  targets && {
    ...targets,
    values: Float64Array.from(
      chosen.flatMap((place) =>
        Array.from({ length: classes }, (_, c) => targets.values[place * classes + c] as number),
      ),
    ),
  }

/** Throws where targets are not `classes` finite numbers for each label. */
const checkTargets = ({ targets, labels, classes }: Omit<LabelledExamples, 'x'>): void => {
  if (targets === undefined) return
  const { values } = targets
  if (values.length !== labels.length * classes)
    throw new ShapeError(
      `evidence: expected ${classes} targets for each of ${labels.length} examples, got ${values.length}`,
    )
  if (!Array.from(values).every((value) => Number.isFinite(value)))
    throw new OptionError('evidence: expected targets that are finite numbers')
}

const checkLabels = (labels: ArrayLike<number>, classes: number): void => {
  if (labels.length < 2)
    throw new OptionError(`evidence: expected at least two labelled examples, got ${labels.length}`)
  for (const label of Array.from(labels))
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new OptionError(`evidence: expected labels from 0 to ${classes - 1}, got ${label}`)
}
