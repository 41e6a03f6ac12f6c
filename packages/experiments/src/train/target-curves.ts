import { asPart, foldIn, key, type Stepwise } from '@ptu/core'
import { take, targetScale, type Dataset } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { TargetKind } from '../tasks/target-kind.ts'
import { targetKinds } from '../tasks/task-kind.ts'
import { probeName, type Candidate } from './candidate.ts'
import { predictedIn, type Judged } from './judgement.ts'
import { methodCurve, probeCurve, type Measured } from './learning-curve.ts'
import { paired } from './score.ts'
import type { TrainContext } from './train.ts'
import type { TargetCurve, TargetCurves } from './target-results.ts'
import { trainedOn } from './trained-on.ts'

/** The turn of the seed that draws the examples of bootstrap intervals. */
const intervalTurn = 0xc0de

/**
 * Measures the held-out score of sets of labels or numbers against the number of examples: of the linear probe at a quarter,
 * half and all of those of the training folds, of the shipped method at half and all of them. As much as there is time for.
 */
export const targetCurves = (context: TrainContext, shipped: Candidate): TaskEither<ExperimentError, TargetCurves> => {
  const kind = targetKinds[context.vectors.targets?.kind ?? 'regress']
  return pipe(
    methodCurve(context, shipped),
    TE.bindTo('measured'),
    TE.bind('ofProbe', () => probeCurve(context, shipped, (part) => probeAt(context, kind, part))),
    TE.map(({ measured, ofProbe }): TargetCurves => {
      const told = measured ?? ofProbe
      return {
        curves: [
          ...(measured === undefined ? [] : [curveOf(context, kind, shipped.method, measured)]),
          ...(ofProbe === undefined ? [] : [curveOf(context, kind, probeName, ofProbe)]),
        ],
        notes: [
          ...(told === undefined ? [] : [meaningOf(context, kind, measured ? shipped.method : 'the linear probe', told)]), // prettier-ignore
          ...(shipped.method === probeName || measured ? [] : [`no time for ${shipped.method} on half of the labels`]),
          ...(ofProbe === undefined ? ['no time for the linear probe on parts of the labels'] : []),
        ],
      }
    }),
  )
}

/** The predictions of a linear model of each fold by one that a part of the other folds was fitted to. */
const probeAt = function* (
  { vectors, folds, spec: { seed } }: TrainContext,
  kind: TargetKind,
  part: number,
): Stepwise<Judged> {
  const { labels, classes, targets } = vectors
  const width = classes.length
  const probabilities = new Float32Array(labels.length * width).fill(NaN)
  for (const [fold, places] of folds.entries()) {
    const chosen = trainedOn(folds, fold, { labels, part, seed })
    const some = take(vectors, chosen)
    const inner = foldsWithin(chosen, folds)
    const fitting = kind.probe({ vectors: some, folds: inner, key: foldIn(key(seed), fold) })
    const { weights, bias } = yield* asPart(fitting, fold / folds.length, 1 / folds.length)
    const logits = linear(take(vectors, places), weights, bias)
    const scale = targetScale(some.targets?.values ?? [])
    const rows = kind.outputs(logits, { width, ...(targets?.kind === 'regress' && { scale }) })
    places.forEach((place, i) => {
      probabilities.set(rows.subarray(i * width, (i + 1) * width), place * width)
    })
  }
  return { probabilities, labels, classes: width, targets, folds }
}

/** The other folds within the chosen places, by which a penalty is chosen; halves where there is one. */
const foldsWithin = (
  chosen: readonly number[],
  folds: readonly (readonly number[])[],
): readonly (readonly number[])[] => {
  const at = new Map(chosen.map((place, i) => [place, i]))
  const own = folds.map((fold) => fold.flatMap((place) => at.get(place) ?? [])).filter(({ length }) => length > 0)
  if (own.length > 1) return own
  return [0, 1].map((half) => [...chosen.keys()].filter((i) => i % 2 === half))
}

/** `x · weights + bias` for each example, `[examples, classes]`. */
const linear = (examples: Dataset, weights: Float64Array, bias: Float64Array): Float32Array => {
  const [count, width] = [examples.labels.length, bias.length]
  const size = weights.length / width
  const out = new Float32Array(count * width)
  for (let i = 0; i < count; i++)
    for (let label = 0; label < width; label++) {
      let sum = bias[label] as number
      for (let j = 0; j < size; j++)
        sum += (examples.features[i * size + j] as number) * (weights[j * width + label] as number)
      out[i * width + label] = sum
    }
  return out
}

const curveOf = (
  context: TrainContext,
  kind: TargetKind,
  method: string,
  measured: readonly Measured[],
): TargetCurve => ({
  method,
  points: measured.map(({ part, judged }) => {
    const { count, scores, interval } = kind.judge(judged, foldIn(key(context.spec.seed), intervalTurn))
    return { examples: examplesAt(context, part), count, score: scores[kind.scores[0]?.name ?? ''] ?? NaN, interval }
  }),
})

/** The mean number of examples that a training of a part sees. */
const examplesAt = ({ folds, vectors: { labels } }: TrainContext, part: number): number =>
  part * labels.length * (1 - 1 / folds.length)

/** The step from half of the examples to all of them, in words. */
const meaningOf = (context: TrainContext, kind: TargetKind, name: string, measured: readonly Measured[]): string => {
  const [half, all] = measured.slice(-2) as unknown as readonly [Measured, Measured]
  const { difference, standardError } = paired(all.judged, half.judged)
  const { shown, unit } = kind.comparing
  const count = (part: number): string => examplesAt(context, part).toFixed(0)
  const range = `${shown(difference - 1.96 * standardError)} to ${shown(difference + 1.96 * standardError)}`
  const told =
    `from ${count(half.part)} to ${count(1)} examples the held-out score of ${name} changes by ${shown(difference)} ` +
    `${unit} (95 % interval ${range}, ${predictedIn(half.judged).length} examples): `
  return difference > 1.96 * standardError
    ? `${told}more labels are likely to help`
    : `${told}that more labels would help cannot be told from these`
}
