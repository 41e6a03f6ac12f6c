import { list, number, struct } from '@ptu/config'
import type { Dataset } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { Comparison } from '../run/comparison.ts'
import { inParallel } from '../run/in-parallel.ts'
import { shelfIn, type Store } from '../run/store.ts'
import type { Worker } from '../run/worker.ts'
import { balancedPlaces } from './balanced-places.ts'
import { trainedOn } from './trained-on.ts'
import type { Candidate } from './candidate.ts'
import type { TrainRecipe } from './recipes.ts'

/** The circumstances of a cross-validation. */
export interface FoldContext {
  readonly workers: readonly Worker[]
  readonly store: Store
  readonly comparison: Comparison
  /** The places that are held out, fold by fold. */
  readonly folds: readonly (readonly number[])[]
  readonly seed: number
  /** Tells that every class is trained on equally often. */
  readonly balance?: boolean
  /** The part of the other folds' labels of each class that is trained on, for a learning curve; all unless given. */
  readonly part?: number
  /** Is told the steps that were done since it was told before. */
  readonly onSteps: (steps: number) => void
}

/** One training of a cross-validation. */
interface FoldJob {
  readonly candidate: number
  readonly recipe: TrainRecipe
  readonly fold: number
}

const kept = struct({ probabilities: list(number(), { max: 10_000_000 }), seconds: number({ min: 0 }) })

/** A candidate of which nothing was predicted yet. */
export const emptyCandidate = (
  { method, held }: TrainRecipe,
  { labels, classes: { length }, targets }: Dataset,
  folds: FoldContext['folds'],
): Candidate => ({
  method,
  held,
  judged: {
    ...{ probabilities: new Float32Array(labels.length * length).fill(NaN), labels, classes: length },
    ...(targets && { targets, folds }),
  },
  folds: 0,
  seconds: 0,
})

/** Trains every candidate without each of some folds, predicts the fold, and adds the predictions to the candidates'. */
export const crossValidate = (
  candidates: readonly Candidate[],
  folds: readonly number[],
  context: FoldContext,
): TaskEither<ExperimentError, readonly Candidate[]> => {
  const jobs = folds.flatMap((fold) =>
    candidates.map((recipe, candidate): FoldJob => ({ candidate, recipe: { ...recipe, evidence: '' }, fold })),
  )
  return pipe(
    inParallel(context.workers, jobs, (worker, job) => foldResult(worker, job, context)),
    TE.map((results) =>
      candidates.map((candidate, place) => {
        const own = jobs.flatMap((job, i) => (job.candidate === place ? [{ job, result: results[i] as Kept }] : []))
        return own.reduce((sum, { job, result }) => withFold(sum, context.folds[job.fold] ?? [], result), candidate)
      }),
    ),
  )
}

interface Kept {
  readonly probabilities: readonly number[]
  readonly seconds: number
}

const withFold = (candidate: Candidate, places: readonly number[], { probabilities, seconds }: Kept): Candidate => {
  const { judged } = candidate
  const all = judged.probabilities.slice()
  places.forEach((place, i) => {
    all.set(probabilities.slice(i * judged.classes, (i + 1) * judged.classes), place * judged.classes)
  })
  return {
    ...candidate,
    judged: { ...judged, probabilities: all },
    folds: candidate.folds + 1,
    seconds: candidate.seconds + seconds,
  }
}

const foldResult = (
  worker: Worker,
  { recipe: { method, held }, fold }: FoldJob,
  { store, comparison, folds, seed, balance, part = 1, onSteps }: FoldContext,
): TaskEither<ExperimentError, Kept> => {
  const shelf = shelfIn(store, 'folds', comparison.record, kept)
  const name = `fold${fold}-${method}-${held.rate}${part === 1 ? '' : `-part${part}`}`
  const places = folds[fold] ?? []
  return async () => {
    const found = await shelf.find(name)
    if (found !== undefined) {
      onSteps(comparison.steps)
      return E.right(found)
    }
    let told = 0
    const { labels, classes } = comparison.target.train
    const others = trainedOn(folds, fold, { labels, part, seed })
    const request = {
      ...{ name, comparison, method, held, seed, keeps: false },
      train:
        balance === true
          ? balancedPlaces(others, { labels, classes: classes.length, seed, turn: fold })
          : Int32Array.from(others),
      predict: Int32Array.from(places),
    }
    return pipe(
      worker.fit(request, (done) => {
        onSteps(done - told)
        told = done
      }),
      TE.map(({ probabilities, seconds }): Kept => ({ probabilities: Array.from(probabilities ?? []), seconds })),
      TE.tap((result) => shelf.keep(name, result)),
    )()
  }
}
