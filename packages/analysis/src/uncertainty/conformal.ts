import { OptionError } from '@ptu/core'

import { checkClassified, checkDistributions, rowAt, type Classified } from './classified.ts'
import { checkBetween } from './quantile.ts'

/** Scores how unusual a class is for an example, from its probabilities: the larger, the more. */
export type Nonconformity = (probabilities: Float32Array | Float64Array, label: number) => number

/**
 * One minus the probability of the class: sets by it are the smallest on average.
 *
 * References:
 *   Sadinle, Lei & Wasserman, "Least ambiguous set-valued classifiers with bounded error levels", JASA 114, 2019, https://arxiv.org/abs/1609.00451
 */
export const leastAmbiguous: Nonconformity = (probabilities, label) => 1 - (probabilities[label] as number)

/**
 * The probability of the class and of all more probable ones: sets by it are larger where an example is harder.
 *
 * References:
 *   Romano, Sesia & Candès, "Classification with valid and adaptive coverage", NeurIPS 2020, §2, https://arxiv.org/abs/2006.02544 (without its
 *   random part, so that it covers more)
 */
export const cumulative: Nonconformity = (probabilities, label) => {
  const own = probabilities[label] as number
  let sum = own
  probabilities.forEach((p, c) => {
    if (p > own || (p === own && c < label)) sum += p
  })
  return sum
}

/** The options of prediction sets. */
export interface ConformalOptions {
  /** The part of new examples whose set shall hold their class; .9 unless given. */
  readonly coverage?: number
  /** {@link leastAmbiguous} unless given. */
  readonly score?: Nonconformity
}

/** The classes that are possible for an example, in rising order; may be empty. */
export type PredictionSet = readonly number[]

const scoresOf = ({ probabilities, labels, classes }: Classified, score: Nonconformity): Float64Array =>
  Float64Array.from(labels, (label, i) => score(rowAt(probabilities, classes, i), label))

const rowsOf = (probabilities: Float32Array | Float64Array, classes: number): readonly number[] => {
  if (probabilities.length % classes !== 0)
    throw new OptionError(
      `expected rows of ${String(classes)} probabilities, got ${String(probabilities.length)} numbers`,
    )
  const odd = probabilities.findIndex((p) => !Number.isFinite(p))
  if (odd >= 0)
    throw new OptionError(
      `expected finite probabilities of the new examples, example ${String(Math.floor(odd / classes))} has ${String(probabilities[odd])}; check its input and the network`,
    )
  checkDistributions(probabilities, classes)
  return Array.from({ length: probabilities.length / classes }, (_, i) => i)
}

/**
 * The score that a class may have to be in a set: the `⌈(n + 1) · coverage⌉`-th smallest of `n` scores of labelled
 * examples; infinite where there are too few for the coverage. Throws `OptionError` for a NaN, or a coverage out of range.
 *
 * @example
 * ```ts
 * expect(conformalThreshold(Float64Array.of(0.4, 0.1, 0.3, 0.2), 0.6)).toBe(0.3)
 * expect(conformalThreshold(Float64Array.of(0.1), 0.9)).toBe(Infinity)
 * ```
 */
export const conformalThreshold = (scores: Float64Array, coverage: number): number => {
  checkBetween('a coverage', coverage, 0, 1)
  const odd = scores.findIndex(Number.isNaN)
  if (odd >= 0) throw new OptionError(`expected scores that are numbers, example ${String(odd)} has NaN`)
  // The subtraction keeps 100 · .9 from being one more by rounding.
  const rank = Math.ceil((scores.length + 1) * coverage - 1e-9)
  return rank > scores.length ? Infinity : (Float64Array.from(scores).sort()[rank - 1] as number)
}

/**
 * Prediction sets by split conformal prediction: each class whose score is at most that of most labelled examples.
 *
 * The set of a new example holds its class with probability `coverage` or more, on average over calibrations, whatever
 * the classifier is: the labelled examples must not have trained it, and must be exchangeable with new ones. With fewer
 * than `coverage / (1 - coverage)` labelled examples each set holds all classes.
 *
 * `probabilities` are of the new examples, `[examples, classes]`. Throws `ShapeError` or `OptionError` where they or the
 * labelled ones are no distributions over the same classes.
 *
 * References:
 *   Vovk, Gammerman & Shafer, "Algorithmic learning in a random world", 2005, §4.1
 *   Angelopoulos & Bates, "A gentle introduction to conformal prediction", 2021, §1, https://arxiv.org/abs/2107.07511
 *
 * @example
 * ```ts
 * const seen = { probabilities: Float64Array.of(0.9, 0.1, 0.6, 0.4, 0.3, 0.7), labels: Int32Array.of(0, 0, 1), classes: 2 }
 * expect(splitConformal(seen, Float64Array.of(0.5, 0.5, 0.8, 0.2), { coverage: 0.7 })).toEqual([[], [0]])
 * ```
 */
export const splitConformal = (
  labelled: Classified,
  probabilities: Float32Array | Float64Array,
  { coverage = 0.9, score = leastAmbiguous }: ConformalOptions = {},
): readonly PredictionSet[] => {
  const { classes } = checkClassified(labelled)
  const threshold = conformalThreshold(scoresOf(labelled, score), coverage)
  return rowsOf(probabilities, classes).map((i) => {
    const row = rowAt(probabilities, classes, i)
    return Array.from(row.keys()).filter((c) => score(row, c) <= threshold)
  })
}

/** A fold of cross-conformal prediction. */
export interface ConformalFold {
  /** The examples that were held out, by the classifier that was trained on the others. */
  readonly held: Classified
  /** The probabilities by the same classifier of the new examples: `[examples, classes]`. */
  readonly probabilities: Float32Array | Float64Array
}

/**
 * Prediction sets by cross-conformal prediction: all labelled examples calibrate, each by a classifier that was not
 * trained on it.
 *
 * Class `c` is in the set of a new example `x` if `(1 + Σ_k #{i in fold k : s_k(x_i, y_i) ≥ s_k(x, c)}) / (n + 1)` is
 * above `1 - coverage`. The set holds the class with probability `2 · coverage - 1` or more by proof, and close to
 * `coverage` in practice.
 *
 * Throws `ShapeError` or `OptionError` for no folds, or folds of other classes or other numbers of new examples.
 *
 * References:
 *   Vovk, "Cross-conformal predictors", Annals of Mathematics and Artificial Intelligence 74, 2015, §2, https://arxiv.org/abs/1208.0806
 *   Barber, Candès, Ramdas & Tibshirani, "Predictive inference with the jackknife+", Annals of Statistics 49, 2021, §3, https://arxiv.org/abs/1905.02928
 */
export const crossConformal = (
  folds: readonly ConformalFold[],
  { coverage = 0.9, score = leastAmbiguous }: ConformalOptions = {},
): readonly PredictionSet[] => {
  checkBetween('a coverage', coverage, 0, 1)
  const [first] = folds
  if (first === undefined) throw new OptionError('expected folds of held-out examples, got none')
  const { classes } = first.held
  const odd = folds.find(
    ({ held, probabilities }) => held.classes !== classes || probabilities.length !== first.probabilities.length,
  )
  if (odd !== undefined)
    throw new OptionError(
      `expected folds of ${String(classes)} classes and ${String(first.probabilities.length)} probabilities, ` +
        `one has ${String(odd.held.classes)} and ${String(odd.probabilities.length)}`,
    )
  folds.forEach(({ probabilities }) => rowsOf(probabilities, classes))
  const sorted = folds.map(({ held }) => scoresOf(checkClassified(held), score).sort())
  const total = sorted.reduce((sum, { length }) => sum + length, 0)
  return rowsOf(first.probabilities, classes).map((i) =>
    Array.from({ length: classes }, (_, c) => c).filter((c) => {
      const unusual = folds.reduce(
        (sum, { probabilities }, k) =>
          sum + atLeast(sorted[k] as Float64Array, score(rowAt(probabilities, classes, i), c)),
        1,
      )
      return unusual / (total + 1) > 1 - coverage + 1e-12
    }),
  )
}

/** The number of sorted values that are not below a value. */
const atLeast = (sorted: Float64Array, value: number): number => {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return sorted.length - low
}

/** The part of sets that hold the label, and their mean size. */
export const coverageOfSets = (
  sets: readonly PredictionSet[],
  labels: ArrayLike<number>,
): { readonly coverage: number; readonly size: number } => {
  if (sets.length === 0 || sets.length !== labels.length)
    throw new OptionError(
      `expected a label for each of at least 1 set, got ${String(labels.length)} and ${String(sets.length)}`,
    )
  const held = sets.filter((set, i) => set.includes(labels[i] as number)).length
  return { coverage: held / sets.length, size: sets.reduce((sum, { length }) => sum + length, 0) / sets.length }
}
