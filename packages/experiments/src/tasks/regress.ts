import { targetScale } from '@ptu/data'
import { ridgeSteps } from '@ptu/trainer'

import { predictedIn, type Judged } from '../train/judgement.ts'
import { resampledInterval } from './resampled.ts'
import type { TargetKind, TargetProbeRequest } from './target-kind.ts'
import { classify } from './task-kind-classify.ts'

/** The part of new numbers that an interval is made to hold. */
const level = 0.9

/** The squared errors of predictions and of always predicting the mean. */
interface Errors {
  readonly places: readonly number[]
  readonly own: Float64Array
  readonly ofMean: Float64Array
}

/** The mean is that of the training, where the model remembers it, else that of all that was judged. */
const errorsOf = (judged: Judged): Errors => {
  const places = predictedIn(judged)
  const truth = places.map((place) => judged.targets?.values[place] ?? NaN)
  const mean = judged.facts?.scale?.mean ?? truth.reduce((sum, y) => sum + y / truth.length, 0)
  return {
    places,
    own: Float64Array.from(places, (place, i) => ((judged.probabilities[place] as number) - (truth[i] as number)) ** 2),
    ofMean: Float64Array.from(truth, (y) => (y - mean) ** 2),
  }
}

const sumOf = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0)

/** `1 - Σ (y - ŷ)² / Σ (y - mean)²`; 0 where no number differs from the mean. */
const r2Of = (own: number, ofMean: number): number => (ofMean > 0 ? 1 - own / ofMean : 0)

const values = (judged: Judged): Float64Array => {
  const { places, own, ofMean } = errorsOf(judged)
  const total = sumOf(ofMean)
  const out = new Float64Array(judged.probabilities.length).fill(NaN)
  places.forEach((place, i) => {
    out[place] = total > 0 ? 1 - ((own[i] as number) * places.length) / total : 0
  })
  return out
}

const scoresOf: TargetKind['scoresOf'] = (judged) => {
  const { places, own, ofMean } = errorsOf(judged)
  const count = Math.max(1, places.length)
  return {
    r2: r2Of(sumOf(own), sumOf(ofMean)),
    rmse: Math.sqrt(sumOf(own) / count),
    mae: sumOf(own.map(Math.sqrt)) / count,
  }
}

const judge: TargetKind['judge'] = (judged, key) => {
  const { places, own, ofMean } = errorsOf(judged)
  const count = places.length
  return {
    count,
    scores: scoresOf(judged),
    interval: resampledInterval(key, { count, width: 1 }, (drawn) => {
      let [mine, theirs] = [0, 0]
      for (const i of drawn) {
        mine += own[i] as number
        theirs += ofMean[i] as number
      }
      return r2Of(mine, theirs)
    }),
  }
}

/**
 * The margin of an interval that holds 90 % of new numbers: the `⌈(n + 1) · .9⌉`-th smallest difference between a number and
 * its prediction by a model that did not see it. Nothing where there are too few numbers.
 *
 * References:
 *   Lei, G'Sell, Rinaldo, Tibshirani & Wasserman, "Distribution-Free Predictive Inference for Regression", JASA 113, 2018, §2.2, https://arxiv.org/abs/1604.04173
 */
const marginOf = (judged: Judged): number | undefined => {
  const differences = errorsOf(judged).own.map(Math.sqrt).sort()
  return differences[Math.ceil((differences.length + 1) * level) - 1]
}

const facts: TargetKind['facts'] = (judged) => {
  const margin = marginOf(judged)
  return {
    kind: 'regress',
    scale: targetScale(judged.targets?.values ?? []),
    ...(margin !== undefined && { interval: { level, margin } }),
  }
}

/** A ridge regression, whose weights are brought to the scale that networks learn at. */
const probe = function* ({ vectors, folds }: TargetProbeRequest): ReturnType<TargetKind['probe']> {
  const targets = vectors.targets?.values ?? new Float64Array(0)
  const features = Float32Array.from(vectors.features)
  const { mean, deviation } = targetScale(targets)
  const found = yield* ridgeSteps({ features, size: features.length / targets.length, targets, folds })
  return {
    weights: found.weights.map((weight) => weight / deviation),
    bias: Float64Array.of((found.bias - mean) / deviation),
    heldOut: Float32Array.from(found.heldOut),
  }
}

/** A number as people read it: five digits. */
const short = (value: number): string => String(Number(value.toPrecision(5)))

/** The task of finding a number for each example. */
export const regress: TargetKind = {
  ...classify,
  name: 'regress',
  words: 'numbers',
  shots: (shots) => `${shots} ${shots === 1 ? 'example' : 'examples'} of each tenth of the numbers`,
  // As many steps as for ten classes.
  labelsEach: ([count = 0]) => Math.round(count / 10),
  prepared: (labelled) =>
    labelled.targets === undefined
      ? labelled
      : { ...labelled, targets: { ...labelled.targets, scale: targetScale(labelled.targets.values) } },
  outputs: (logits, { scale = { mean: 0, deviation: 1 } }) => logits.map((z) => scale.mean + scale.deviation * z),
  scores: [
    { name: 'r2', title: 'R²', shown: (value) => value.toFixed(3), unit: 'number' },
    { name: 'rmse', title: 'RMSE', shown: short, unit: 'number' },
    { name: 'mae', title: 'MAE', shown: short, unit: 'number' },
  ],
  comparing: {
    ...{ name: 'R²', mean: 'mean R²', sign: '', best: 'the best by R²', better: 'better' },
    ...{ unit: 'of R²', units: 'R²', shown: (value) => value.toFixed(3) },
  },
  fewest: 1,
  least: -Infinity,
  step: () => 0,
  score: (judged) => {
    const { own, ofMean } = errorsOf(judged)
    return r2Of(sumOf(own), sumOf(ofMean))
  },
  values,
  scoresOf,
  judge,
  facts,
  learntFacts: ({ targets }) =>
    Promise.resolve({ kind: 'regress', scale: targets?.scale ?? targetScale(targets?.values ?? []) }),
  probe,
}
