import { OptionError, ShapeError } from '@ptu/core'

/** Probabilities of the classes for labelled examples. */
export interface Classified {
  /** `[examples, classes]`, row by row; each row adds up to 1. */
  readonly probabilities: Float32Array | Float64Array
  /** `[examples]`, each below `classes`. */
  readonly labels: Int32Array
  readonly classes: number
}

/** Outputs of a classifier before the softmax, for labelled examples. */
export interface Scored {
  /** `[examples, classes]`, row by row. */
  readonly logits: Float32Array | Float64Array
  /** `[examples]`, each below `classes`. */
  readonly labels: Int32Array
  readonly classes: number
}

/** Row `example` of `[examples, columns]` numbers, which shares its memory with them. */
export const rowAt = <A extends Float32Array | Float64Array>(values: A, columns: number, example: number): A =>
  values.subarray(example * columns, (example + 1) * columns) as A

/** The place of the largest number of a row; the first of equals. */
const largest = (row: ArrayLike<number>): number => {
  let best = 0
  for (let i = 1; i < row.length; i++) if ((row[i] as number) > (row[best] as number)) best = i
  return best
}

/** Throws `ShapeError` or `OptionError` unless there is a finite row of numbers for each of at least one valid label. */
export const checkRows = (
  values: Float32Array | Float64Array,
  { labels, classes }: Pick<Classified, 'labels' | 'classes'>,
): void => {
  if (!Number.isInteger(classes) || classes < 2)
    throw new OptionError(`expected at least 2 classes, got ${String(classes)}`)
  if (labels.length === 0 || values.length !== labels.length * classes)
    throw new ShapeError(
      `expected ${String(classes)} numbers for each of at least 1 label, got ${String(values.length)} numbers and ${String(labels.length)} labels`,
    )
  const odd = labels.findIndex((label) => !(label >= 0 && label < classes))
  if (odd >= 0)
    throw new OptionError(
      `expected labels from 0 to ${String(classes - 1)}, example ${String(odd)} has ${String(labels[odd])}`,
    )
  const broken = values.findIndex((value) => !Number.isFinite(value))
  if (broken >= 0)
    throw new OptionError(
      `expected finite numbers, example ${String(Math.floor(broken / classes))} has ${String(values[broken])}; ` +
        'check its input and the network that made them',
    )
}

/** The farthest that a row of probabilities may be from 1 by rounding. */
const rounding = 1e-3

/** Throws `OptionError` unless the rows of finite numbers, `[examples, classes]`, are distributions. */
export const checkDistributions = (probabilities: Float32Array | Float64Array, classes: number): void => {
  for (let i = 0; i * classes < probabilities.length; i++) {
    const row = rowAt(probabilities, classes, i)
    let sum = 0
    for (const p of row) sum += p
    if (Math.abs(sum - 1) > rounding || row.some((p) => p < 0))
      throw new OptionError(
        `expected probabilities that add up to 1, those of example ${String(i)} add up to ${sum.toFixed(4)}; ` +
          'turn logits into probabilities with softmaxOf',
      )
  }
}

/** Returns probabilities as they are; throws `ShapeError` or `OptionError` unless each row is a distribution. */
export const checkClassified = (classified: Classified): Classified => {
  checkRows(classified.probabilities, classified)
  checkDistributions(classified.probabilities, classified.classes)
  return classified
}

/**
 * Probabilities from logits: `exp(z_c) / Σ_k exp(z_k)` in double precision.
 *
 * Throws `ShapeError` or `OptionError` where lengths do not fit, a label has no class or a logit is not finite.
 *
 * @example
 * ```ts
 * const { probabilities } = softmaxOf({ logits: Float32Array.of(0, 0), labels: Int32Array.of(1), classes: 2 })
 * expect([...probabilities]).toEqual([0.5, 0.5])
 * ```
 */
export const softmaxOf = (scored: Scored): Classified => {
  const { logits, labels, classes } = scored
  checkRows(logits, scored)
  const probabilities = Float64Array.from(logits)
  for (let i = 0; i < labels.length; i++) softmaxInPlace(rowAt(probabilities, classes, i))
  return { probabilities, labels, classes }
}

/** Turns a row of logits into probabilities in place and returns `log Σ exp z`. */
export const softmaxInPlace = (row: Float64Array): number => {
  let most = -Infinity
  for (const z of row) most = Math.max(most, z)
  let sum = 0
  for (let c = 0; c < row.length; c++) {
    const e = Math.exp((row[c] as number) - most)
    row[c] = e
    sum += e
  }
  for (let c = 0; c < row.length; c++) row[c] = (row[c] as number) / sum
  return most + Math.log(sum)
}

/** The classes named, and how sure they are. */
export interface Named {
  /** The largest probability of each example. */
  readonly confidences: Float64Array
  /** 1 where the most probable class is the label, else 0. */
  readonly right: Float64Array
}

/** The most probable class of each example, compared with its label; of equally probable classes the first. */
export const namedBy = ({ probabilities, labels, classes }: Classified): Named => {
  const confidences = new Float64Array(labels.length)
  const right = new Float64Array(labels.length)
  for (let i = 0; i < labels.length; i++) {
    const row = rowAt(probabilities, classes, i)
    const taken = largest(row)
    confidences[i] = row[taken] as number
    right[i] = taken === labels[i] ? 1 : 0
  }
  return { confidences, right }
}
