import { asPart, key, type Stepwise } from '@ptu/core'
import { take } from '@ptu/data'
import { probeLogits, probeSteps } from '@ptu/trainer'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { showing } from '../run/showing.ts'
import { softmaxRows } from '../run/softmax-rows.ts'
import { stepByStep } from '../run/step-by-step.ts'
import { probeName, type Candidate } from './candidate.ts'
import { crossValidate, emptyCandidate } from './cross-validate.ts'
import { judge, predictedIn, type Judged } from './judgement.ts'
import { costOf, finalCost } from './plan.ts'
import { paired } from './score.ts'
import type { TrainContext } from './train.ts'
import type { CurvePoint, LearningCurve, LearningCurves } from './train-results.ts'
import { trainedOn } from './trained-on.ts'

/** The parts of the labels that the linear probe is fitted to besides all of them. */
const probeParts = [0.25, 0.5] as const

/** The part of the labels that the shipped method is trained on besides all of them. */
const methodPart = 0.5

/** A point of a curve before it is judged. */
export interface Measured {
  readonly part: number
  readonly judged: Judged
}

/**
 * Measures held-out accuracy against the number of labels per class: of the linear probe at a quarter, half and all of the labels of
 * the training folds, of the shipped method at half and all of them. As much as there is time for.
 *
 * A fold is held out with all of its examples at every point, so that differences are paired. Of classes only: `targetCurves`
 * measures sets of labels and numbers.
 */
export const learningCurves = (
  context: TrainContext,
  shipped: Candidate,
): TaskEither<ExperimentError, LearningCurves> => {
  if (context.vectors.targets !== undefined) return TE.right({ curves: [], notes: [] })
  return pipe(
    methodCurve(context, shipped),
    TE.bindTo('measured'),
    TE.bind('ofProbe', () => probeCurve(context, shipped, (part) => probeAt(context, part))),
    TE.map(({ measured, ofProbe }): LearningCurves => {
      const curves = [
        ...(measured === undefined ? [] : [curveOf(context, shipped.method, measured)]),
        ...(ofProbe === undefined ? [] : [curveOf(context, probeName, ofProbe)]),
      ]
      const [told] = measured === undefined ? [ofProbe] : [measured]
      const name = measured === undefined ? 'the linear probe' : shipped.method
      return {
        curves,
        notes: [
          ...(told === undefined ? [] : [meaningOf(context, name, told)]),
          ...(shipped.method === probeName || measured !== undefined
            ? []
            : [`no time for ${shipped.method} on half of the labels`]),
          ...(ofProbe === undefined ? ['no time for the linear probe on parts of the labels'] : []),
        ],
      }
    }),
  )
}

/** Seconds that are left when the final training is set aside. */
const leftFor = ({ spec, tools, began }: TrainContext, shipped: Candidate): number =>
  spec.budget - (tools.now() - began) / 1000 - (shipped.method === probeName ? 0 : finalCost([shipped]))

/** The curve of the shipped method; undefined for the linear probe, and where there is no time. */
export const methodCurve = (
  context: TrainContext,
  shipped: Candidate,
): TaskEither<ExperimentError, readonly Measured[] | undefined> => {
  const { spec, tools, workers, comparison, folds } = context
  const isProbe = shipped.method === probeName
  if (isProbe || costOf([shipped], shipped.folds, workers.length) > leftFor(context, shipped))
    return TE.right(undefined)
  const total = shipped.folds * comparison.steps
  return pipe(
    showing(tools.progress, 'learning curve', (tell) => {
      let done = 0
      return crossValidate(
        [emptyCandidate({ ...shipped, evidence: '' }, comparison.target.train, folds)],
        Array.from({ length: shipped.folds }, (_, i) => i),
        {
          ...{ workers, store: tools.store, comparison, folds, seed: spec.seed, balance: spec.balance === true },
          part: methodPart,
          onSteps: (steps) => {
            done += steps
            tell(done, total)
          },
        },
      )
    }),
    TE.map(([half]) => [
      { part: methodPart, judged: (half as Candidate).judged },
      { part: 1, judged: shipped.judged },
    ]),
  )
}

/** Tells whether there is time to fit the linear probe to parts of the labels, fold by fold. */
const hasTimeForProbes = (context: TrainContext, shipped: Candidate): boolean => {
  const trainings = context.folds.length * probeParts.reduce((sum, part) => sum + part, 0)
  return context.probe.candidate.seconds * trainings <= leftFor(context, shipped)
}

/** The curve of the linear probe, whose predictions from a part of the labels `at` makes; undefined where there is no time. */
export const probeCurve = (
  context: TrainContext,
  shipped: Candidate,
  at: (part: number) => Stepwise<Judged>,
): TaskEither<ExperimentError, readonly Measured[] | undefined> =>
  hasTimeForProbes(context, shipped)
    ? stepByStep(context.tools, 'learning curve of the probe', () => curveSteps(context.probe.candidate.judged, at))
    : TE.right(undefined)

/** The points of the curve of the linear probe, each as long as its part of the labels. */
const curveSteps = function* (judged: Judged, at: (part: number) => Stepwise<Judged>): Stepwise<readonly Measured[]> {
  const whole = probeParts.reduce((sum, part) => sum + part, 0)
  const points: Measured[] = []
  let done = 0
  for (const part of probeParts) {
    points.push({ part, judged: yield* asPart(at(part), done / whole, part / whole) })
    done += part
  }
  return [...points, { part: 1, judged }]
}

/** The predictions of a linear probe of each fold by one that a part of the other folds' labels were fitted to. */
const probeAt = function* ({ vectors, folds, spec: { seed }, held }: TrainContext, part: number): Stepwise<Judged> {
  const { labels, classes } = vectors
  const size = vectors.features.length / labels.length
  const probabilities = new Float32Array(labels.length * classes.length).fill(NaN)
  for (const [fold, places] of folds.entries()) {
    const chosen = trainedOn(folds, fold, { labels, part, seed })
    const some = take(vectors, chosen)
    const groups = chosen.map((place) => held.groups[place] as string)
    const features = Float32Array.from(some.features)
    const request = { features, size, labels: some.labels, classes: classes.length, key: key(seed), groups }
    const probe = yield* asPart(probeSteps(request), fold / folds.length, 1 / folds.length)
    const logits = probeLogits(probe, Float32Array.from(take(vectors, places).features))
    const rows = softmaxRows(Float32Array.from(logits), classes.length)
    for (const [i, place] of places.entries())
      probabilities.set(rows.subarray(i * classes.length, (i + 1) * classes.length), place * classes.length)
  }
  return { probabilities, labels, classes: classes.length }
}

const curveOf = (context: TrainContext, method: string, measured: readonly Measured[]): LearningCurve => ({
  method,
  points: measured.map((each): CurvePoint => {
    const { count, accuracy, interval } = judge(each.judged)
    return { labels: labelsAt(context, each.part), count, accuracy, interval }
  }),
})

/** The mean number of labels of each class that a training of a part sees. */
const labelsAt = ({ folds, vectors: { labels, classes } }: TrainContext, part: number): number =>
  (part * labels.length * (1 - 1 / folds.length)) / classes.length

/** The step from half of the labels to all of them, in words. */
const meaningOf = (context: TrainContext, name: string, measured: readonly Measured[]): string => {
  const [half, all] = measured.slice(-2) as unknown as readonly [Measured, Measured]
  const { difference, standardError } = paired(all.judged, half.judged)
  const points = (part: number): string => (100 * part).toFixed(1)
  const count = (part: number): string => labelsAt(context, part).toFixed(0)
  const range = `${points(difference - 1.96 * standardError)} to ${points(difference + 1.96 * standardError)}`
  if (count(half.part) === count(1)) return `too few labels per class to tell whether more would help ${name}`
  const told =
    `from ${count(half.part)} to ${count(1)} labels per class the held-out accuracy of ${name} changes by ` +
    `${points(difference)} points (95 % interval ${range}, ${predictedIn(half.judged).length} examples): `
  return difference > 1.96 * standardError
    ? `${told}more labels are likely to help`
    : `${told}that more labels would help cannot be told from these`
}
