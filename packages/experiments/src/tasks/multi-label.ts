import { asPart, foldIn } from '@ptu/core'
import { probeSteps } from '@ptu/trainer'

import { percent } from '../results/words.ts'
import { predictedIn, rowOf, type Judged } from '../train/judgement.ts'
import { countsOf, f1Of, macroOf, microOf, type Counts } from './label-counts.ts'
import { learntThreshold } from './learnt-threshold.ts'
import { resampledInterval } from './resampled.ts'
import type { LabelScores, TargetJudgement, TargetKind, TargetProbeRequest } from './target-kind.ts'
import { classify } from './task-kind-classify.ts'
import { bestThreshold } from './thresholds.ts'

/** The thresholds of the labels, chosen on some examples. */
const thresholdsOn = (judged: Judged, places: readonly number[], choose: typeof bestThreshold): readonly number[] =>
  Array.from({ length: judged.classes }, (_, label) =>
    choose({
      probabilities: places.map((place) => rowOf(judged, place)[label] as number),
      on: places.map((place) => judged.targets?.values[place * judged.classes + label] ?? 0),
    }),
  )

/**
 * The labels that are taken as on, `[examples, classes]`: by the thresholds of a model, or fold by fold by those that the
 * other folds choose.
 */
const decisions = (judged: Judged): Uint8Array => {
  const { probabilities, classes, facts, folds = [] } = judged
  const out = new Uint8Array(probabilities.length)
  const predicted = predictedIn(judged)
  const decide = (places: readonly number[], thresholds: readonly number[]): void => {
    for (const place of places)
      for (let label = 0; label < classes; label++)
        if ((probabilities[place * classes + label] as number) >= (thresholds[label] ?? 0.5))
          out[place * classes + label] = 1
  }
  if (facts?.thresholds !== undefined) decide(predicted, facts.thresholds)
  else if (folds.length === 0) decide(predicted, [])
  else
    for (const fold of folds) {
      const held = new Set(fold)
      const own = predicted.filter((place) => held.has(place))
      if (own.length > 0) decide(own, thresholdsOn(judged, predicted.filter((place) => !held.has(place)), bestThreshold)) // prettier-ignore
    }
  return out
}

const labelScores = ({ right, taken, given }: Counts, name: string): LabelScores => ({
  name,
  count: given,
  precision: taken === 0 ? 0 : right / taken,
  recall: given === 0 ? 0 : right / given,
  f1: f1Of({ right, taken, given }),
})

/**
 * One number for each example whose mean is macro F1: its value plus the example's influence on it,
 * `F + mean over labels of n · (2·tp - F_l · (taken + given)) / B_l`, where `B_l` is the sum of taken and given.
 */
const influences = (judged: Judged): Float64Array => {
  const { classes, targets } = judged
  const taken = decisions(judged)
  const places = predictedIn(judged)
  const counts = countsOf(judged, taken, places)
  const macro = macroOf(counts)
  const out = new Float64Array(judged.probabilities.length / classes).fill(NaN)
  for (const place of places) {
    let influence = 0
    counts.forEach((own, label) => {
      const at = place * classes + label
      const [given, on] = [targets?.values[at] ?? 0, taken[at] as number]
      const all = own.taken + own.given
      if (all > 0) influence += (places.length * (2 * given * on - f1Of(own) * (given + on))) / all
    })
    out[place] = macro + influence / classes
  }
  return out
}

const scoresOf: TargetKind['scoresOf'] = (judged) => {
  const taken = decisions(judged)
  const places = predictedIn(judged)
  const counts = countsOf(judged, taken, places)
  const { classes, targets } = judged
  const exact = places.filter((place) =>
    taken
      .subarray(place * classes, (place + 1) * classes)
      .every((on, label) => on === targets?.values[place * classes + label]),
  )
  return {
    macroF1: macroOf(counts),
    microF1: microOf(counts),
    exact: exact.length / Math.max(1, places.length),
  }
}

const judge: TargetKind['judge'] = (judged, key): TargetJudgement => {
  const taken = decisions(judged)
  const places = predictedIn(judged)
  const counts = countsOf(judged, taken, places)
  const { classes, names = [] } = judged
  return {
    count: places.length,
    scores: scoresOf(judged),
    interval: resampledInterval(key, { count: places.length, width: classes }, (drawn) =>
      macroOf(
        countsOf(
          judged,
          taken,
          drawn.map((i) => places[i] as number),
        ),
      ),
    ),
    labels: counts.map((own, label) => labelScores(own, names[label] ?? String(label))),
  }
}

const factsBy =
  (choose: typeof bestThreshold): TargetKind['facts'] =>
  (judged) => ({ kind: 'multi-label', thresholds: thresholdsOn(judged, predictedIn(judged), choose) })

/** A logistic regression for each label against all others. */
const probe = function* ({ vectors, folds, key }: TargetProbeRequest): ReturnType<TargetKind['probe']> {
  const { labels, classes, targets } = vectors
  const [count, width] = [labels.length, classes.length]
  const features = Float32Array.from(vectors.features)
  const size = features.length / count
  const [weights, bias] = [new Float64Array(size * width), new Float64Array(width)]
  const heldOut = new Float32Array(count * width)
  for (let label = 0; label < width; label++) {
    const on = Int32Array.from({ length: count }, (_on, i) => targets?.values[i * width + label] ?? 0)
    const fitting = probeSteps({ features, size, labels: on, classes: 2, key: foldIn(key, label), held: folds })
    const found = yield* asPart(fitting, label / width, 1 / width)
    for (let j = 0; j < size; j++)
      weights[j * width + label] = (found.weights[2 * j + 1] as number) - (found.weights[2 * j] as number)
    bias[label] = (found.bias[1] as number) - (found.bias[0] as number)
    for (let i = 0; i < count; i++) {
      // NaN where the other folds hold no example of the same answer: they say that of the others.
      const log = found.heldOut[2 * i + 1] as number
      heldOut[i * width + label] = Number.isNaN(log) ? 1 - (on[i] as number) : Math.exp(log)
    }
  }
  return { weights, bias, heldOut }
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))

/** The task of finding for each example which of several labels are on: none, one or many. */
export const multiLabel: TargetKind = {
  ...classify,
  name: 'multi-label',
  words: 'sets of labels',
  shots: (shots) => `${shots} ${shots === 1 ? 'example' : 'examples'} per label`,
  counts: ({ classes, targets }) =>
    classes.map((_, label) =>
      (targets?.values ?? new Float64Array(0)).reduce(
        (sum, on, at) => (at % classes.length === label ? sum + on : sum),
        0,
      ),
    ),
  outputs: (logits) => logits.map(sigmoid),
  scores: [
    { name: 'macroF1', title: 'macro F1 %', shown: percent, unit: 'part' },
    { name: 'microF1', title: 'micro F1 %', shown: percent, unit: 'part' },
    { name: 'exact', title: 'all labels right %', shown: percent, unit: 'part' },
  ],
  comparing: {
    ...{ name: 'macro F1', mean: 'mean macro F1 %', sign: ' %', best: 'the best by macro F1', better: 'better' },
    ...{ unit: 'points of macro F1', units: 'percentage points of macro F1', shown: percent },
  },
  score: (judged) => macroOf(countsOf(judged, decisions(judged), predictedIn(judged))),
  values: influences,
  scoresOf,
  judge,
  facts: factsBy(bestThreshold),
  learntFacts: async (_labelled, predicted) => factsBy(learntThreshold)(await predicted()),
  probe,
}
