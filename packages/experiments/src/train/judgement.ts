import type { Targets } from '@ptu/data'

import type { TaskFacts } from '../models/task-facts.ts'

/** Predictions for labelled examples. */
export interface Judged {
  /** `[examples, classes]`, or numbers where they are predicted; a row of NaN where nothing was predicted. */
  readonly probabilities: Float32Array
  readonly labels: Int32Array
  readonly classes: number
  /** The sets of labels or the numbers that are right, where examples do not have one class each. */
  readonly targets?: Targets | undefined
  /** The names of the labels. */
  readonly names?: readonly string[] | undefined
  /** The places that were held out together. */
  readonly folds?: readonly (readonly number[])[] | undefined
  /** The facts of the model that predicted; absent of predictions that make these facts. */
  readonly facts?: TaskFacts | undefined
}

/** The judgement of predictions on examples that they were not made from. */
export interface Judgement {
  /** The examples that were judged. */
  readonly count: number
  readonly accuracy: number
  /** The 95 % interval of the accuracy by Wilson, as if examples were drawn independently. */
  readonly interval: { readonly low: number; readonly high: number }
  /** The mean recall over the classes that occur. */
  readonly balancedAccuracy: number
  /** The mean of `-log p` of the true class. */
  readonly logLoss: number
}

/** A probability below this counts as this in a log-loss. */
const least = 1e-7

/**
 * Wilson's interval of a part.
 *
 * `(p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n)` with `z = 1.96`, `p` the part of `n`.
 *
 * @example
 * ```ts
 * const { low, high } = wilson(8, 10)
 * expect([low.toFixed(3), high.toFixed(3)]).toEqual(['0.490', '0.943'])
 * ```
 *
 * References:
 *   Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927, https://doi.org/10.1080/01621459.1927.10502953
 */
export const wilson = (right: number, count: number): { readonly low: number; readonly high: number } => {
  if (count === 0) return { low: 0, high: 1 }
  const z = 1.959964
  const part = right / count
  const centre = part + (z * z) / (2 * count)
  const half = z * Math.sqrt((part * (1 - part)) / count + (z * z) / (4 * count * count))
  const scale = 1 + (z * z) / count
  return { low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) }
}

/** The place of the largest number of a row; the first of equals. */
export const argmax = (row: ArrayLike<number>): number => {
  let best = 0
  for (let i = 1; i < row.length; i++) if ((row[i] as number) > (row[best] as number)) best = i
  return best
}

/** The row of an example. */
export const rowOf = ({ probabilities, classes }: Judged, example: number): Float32Array =>
  probabilities.subarray(example * classes, (example + 1) * classes)

/** The places of the examples that were predicted. */
export const predictedIn = (judged: Judged): readonly number[] =>
  Array.from(judged.labels.keys()).filter((i) => !Number.isNaN(rowOf(judged, i)[0] as number))

/** Judges predictions; rows of NaN are left out. */
export const judge = (judged: Judged): Judgement => {
  const { labels, classes } = judged
  const places = predictedIn(judged)
  const hits = places.filter((i) => argmax(rowOf(judged, i)) === labels[i])
  const recalls = Array.from({ length: classes }, (_, label) => {
    const own = places.filter((i) => labels[i] === label)
    return own.length === 0 ? [] : [hits.filter((i) => labels[i] === label).length / own.length]
  }).flat()
  const losses = places.map((i) => -Math.log(Math.max(least, rowOf(judged, i)[labels[i] as number] ?? 0)))
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length)
  return {
    count: places.length,
    accuracy: hits.length / Math.max(1, places.length),
    interval: wilson(hits.length, places.length),
    balancedAccuracy: mean(recalls),
    logLoss: mean(losses),
  }
}

/** `[true class][taken for]`, counts. */
export const confusionOf = (judged: Judged): readonly (readonly number[])[] => {
  const counts = Array.from({ length: judged.classes }, () => Array.from({ length: judged.classes }, () => 0))
  for (const i of predictedIn(judged)) {
    const row = counts[judged.labels[i] as number]
    const taken = argmax(rowOf(judged, i))
    if (row !== undefined) row[taken] = (row[taken] ?? 0) + 1
  }
  return counts
}

/** The mean of two sets of probabilities. */
export const meanOf = (a: Judged, b: Judged): Judged => ({
  ...a,
  probabilities: a.probabilities.map((p, i) => (p + (b.probabilities[i] as number)) / 2),
})
