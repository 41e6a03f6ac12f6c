/** Counts of examples, `[true class][predicted class]`. */
export type Confusion = readonly (readonly number[])[]

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

/** The largest entry's place in each row of `[rows, columns]` numbers, the first of equals. */
export const argmaxRows = (values: Float32Array, columns: number): Int32Array =>
  Int32Array.from({ length: values.length / columns }, (_, row) => {
    const scores = values.subarray(row * columns, (row + 1) * columns)
    return scores.reduce((best, score, i) => (score > (scores[best] ?? NaN) ? i : best), 0)
  })

/** The part of predictions that are right, from 0 to 1. */
export const accuracy = (predictions: ArrayLike<number>, labels: ArrayLike<number>): number =>
  mean(Array.from(labels, (label, i) => (label === predictions[i] ? 1 : 0)))

/** Counts how often each true class (row) was taken for each class (column). */
export const confusionMatrix = (
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): Confusion => {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0))
  for (let i = 0; i < labels.length; i++) {
    const row = counts[labels[i] ?? -1]
    const predicted = predictions[i] ?? -1
    if (row?.[predicted] !== undefined) row[predicted] += 1
  }
  return counts
}

/** The part of each class's examples that was found; NaN for a class without examples. */
export const recall = (confusion: Confusion): readonly number[] =>
  confusion.map((row, label) => (row[label] ?? NaN) / row.reduce((sum, n) => sum + n, 0))

/** The mean recall over the classes that have examples: the accuracy if every class counts the same. */
export const macroRecall = (confusion: Confusion): number => mean(recall(confusion).filter((r) => !Number.isNaN(r)))

/** The part of examples whose class is among the `k` highest logits; a tie with the last of them counts as in. */
export const topKAccuracy = (logits: Float32Array, labels: ArrayLike<number>, k: number): number => {
  const classes = logits.length / labels.length
  return mean(
    Array.from(labels, (label, i) => {
      const scores = logits.subarray(i * classes, (i + 1) * classes)
      const own = scores[label] ?? NaN
      return !Number.isNaN(own) && scores.filter((score) => score > own).length < k ? 1 : 0
    }),
  )
}

/**
 * Expected calibration error: how far confidence is from accuracy, from 0 to 1.
 *
 * `sum_b (n_b / n) · |accuracy_b - confidence_b|` over `bins` equal ranges `b` of the highest softmax probability.
 *
 * References:
 *   Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", ICML 2017, §2, https://arxiv.org/abs/1706.04599
 */
export const calibrationError = (logits: Float32Array, labels: ArrayLike<number>, bins = 15): number => {
  const classes = logits.length / labels.length
  const predictions = argmaxRows(logits, classes)
  const gaps = Array.from({ length: bins }, () => 0)
  for (let i = 0; i < labels.length; i++) {
    const scores = logits.subarray(i * classes, (i + 1) * classes)
    const highest = Math.max(...scores)
    const confidence = 1 / scores.reduce((sum, score) => sum + Math.exp(score - highest), 0)
    const bin = Math.min(bins - 1, Math.ceil(confidence * bins) - 1)
    gaps[bin] = (gaps[bin] ?? 0) + (predictions[i] === labels[i] ? 1 : 0) - confidence
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / labels.length
}
