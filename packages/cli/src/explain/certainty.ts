import {
  atTemperature,
  brierScore,
  calibrationInterval,
  coverageOfSets,
  equalWidth,
  fitTemperature,
  negativeLogLikelihood,
  reliability,
  selectiveCurve,
  selectiveThreshold,
  softmaxOf,
  splitConformal,
  type Classified,
  type PredictionSet,
  type Scored,
  type SelectivePoint,
} from '@ptu/analysis'
import { foldIn, permutation, type Key } from '@ptu/core'
import type { Dataset } from '@ptu/data'

import type { Certainty } from './explanation.ts'
import { measuredPart } from './measured.ts'
import { rightOf } from './right.ts'

/** The accuracy that a threshold is asked for, and the coverage of prediction sets. */
const targets = { accuracy: 0.95, coverage: 0.9 } as const

/** Examples are dealt into so many folds: what is fitted to the others is judged on one. */
const folds = 5

/** Fewer examples are not divided. */
const fewest = 20

/** Probabilities below this have no finite logarithm in single precision. */
const least = 1e-30

/** The points that a curve is drawn with. */
const drawn = 60

/** The rows of some examples. */
const rowsOf = ({ logits, labels, classes }: Scored, places: readonly number[]): Scored => ({
  logits: Float64Array.from({ length: places.length * classes }, (_, i) => {
    const place = places[Math.floor(i / classes)] ?? 0
    return logits[place * classes + (i % classes)] ?? 0
  }),
  labels: Int32Array.from(places, (place) => labels[place] ?? 0),
  classes,
})

/** A fold, and all other examples. */
interface Fold {
  readonly own: readonly number[]
  readonly fitted: Scored
  readonly judged: Scored
}

/** The examples dealt into folds at random; none where there are too few, or a fold would be fitted to one class. */
const foldsOf = (key: Key, scored: Scored): readonly Fold[] => {
  const count = scored.labels.length
  if (count < fewest) return []
  const order = Array.from(permutation(key, count))
  const dealt = Array.from({ length: folds }, (_, fold) => {
    const own = order.filter((_unused, i) => i % folds === fold)
    return {
      own,
      fitted: rowsOf(
        scored,
        order.filter((_unused, i) => i % folds !== fold),
      ),
      judged: rowsOf(scored, own),
    }
  })
  return dealt.every(({ fitted }) => new Set(fitted.labels).size > 1) ? dealt : []
}

/** Judges how far probabilities can be trusted, on examples that nothing was fitted to. */
export const certaintyOf = (key: Key, probabilities: Float32Array, examples: Dataset): Certainty => {
  const { labels, classes } = examples
  const logits = Float64Array.from(probabilities, (p) => Math.log(Math.max(least, p)))
  const scored: Scored = { logits, labels, classes: classes.length }
  const classified = softmaxOf(scored)
  const binning = equalWidth(10)
  const { error, low, high, chance } = calibrationInterval(foldIn(key, 0), classified, { binning })
  const right = rightOf(probabilities, examples)
  const dealt = foldsOf(foldIn(key, 1), scored)
  const curve = selectiveCurve(classified)
  return {
    accuracy: measuredPart(
      right.reduce((sum, hit) => sum + hit, 0),
      right.length,
    ),
    calibration: { value: error, interval: { low, high }, chance },
    ...{ brier: brierScore(classified), negativeLogLikelihood: negativeLogLikelihood(classified) },
    reliability: reliability(classified, { binning }),
    temperature: temperatureOf(foldIn(key, 2), scored, dealt),
    selective: selectiveOf(classified, dealt),
    curve: thinned(curve),
    sets: setsOf(dealt),
  }
}

const thinned = (curve: readonly SelectivePoint[]): readonly SelectivePoint[] => {
  const step = Math.max(1, curve.length / drawn)
  const kept = Array.from({ length: Math.min(drawn, curve.length) }, (_, i) => curve[Math.floor((i + 1) * step) - 1])
  return kept.filter((point) => point !== undefined)
}

const temperatureOf = (key: Key, scored: Scored, dealt: readonly Fold[]): Certainty['temperature'] => {
  if (dealt.length === 0) return null
  const cooled = new Float64Array(scored.logits.length)
  for (const { own, fitted, judged } of dealt) {
    const { logits } = atTemperature(judged, fitTemperature(fitted))
    own.forEach((place, i) => {
      cooled.set(logits.subarray(i * scored.classes, (i + 1) * scored.classes), place * scored.classes)
    })
  }
  const { error, low, high } = calibrationInterval(key, softmaxOf({ ...scored, logits: cooled }), {
    binning: equalWidth(10),
  })
  return { value: fitTemperature(scored), calibration: { value: error, interval: { low, high } } }
}

/** The answers of a fold from a threshold on that the other folds chose, and those of them that are right. */
const answeredIn = ({ fitted, judged }: Fold): { readonly answered: number; readonly right: number } => {
  const chosen = selectiveThreshold(softmaxOf(fitted), targets.accuracy)
  const above = chosen && selectiveCurve(softmaxOf(judged)).findLast(({ threshold }) => threshold >= chosen.threshold)
  if (above === undefined) return { answered: 0, right: 0 }
  const answered = Math.round(above.coverage * judged.labels.length)
  return { answered, right: Math.round(above.accuracy * answered) }
}

const selectiveOf = (classified: Classified, dealt: readonly Fold[]): Certainty['selective'] => {
  if (dealt.length === 0) return null
  const found = dealt.map(answeredIn)
  const answered = found.reduce((sum, fold) => sum + fold.answered, 0)
  const right = found.reduce((sum, fold) => sum + fold.right, 0)
  return {
    target: targets.accuracy,
    threshold: selectiveThreshold(classified, targets.accuracy)?.threshold ?? null,
    coverage: measuredPart(answered, classified.labels.length),
    accuracy: answered === 0 ? null : measuredPart(right, answered),
  }
}

const setsOf = (dealt: readonly Fold[]): Certainty['sets'] => {
  if (dealt.length === 0) return null
  const sets: PredictionSet[] = []
  const labels: number[] = []
  for (const { fitted, judged } of dealt) {
    sets.push(...splitConformal(softmaxOf(fitted), softmaxOf(judged).probabilities, { coverage: targets.coverage }))
    labels.push(...judged.labels)
  }
  const { coverage, size } = coverageOfSets(sets, labels)
  return { stated: targets.coverage, coverage: measuredPart(Math.round(coverage * sets.length), sets.length), size }
}
