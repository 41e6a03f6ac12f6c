import type { Dataset } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { dataKindOf } from './data-kinds.ts'
import { vectorsFor } from './features.ts'
import { problemOf, projection, vectorsOf } from './held-copies.ts'
import { judge, type Judged, type Judgement } from './judgement.ts'
import { nearCopiesIn, nearCopy, type NearCopy } from './near-copies.ts'
import type { TrainContext } from './train.ts'
import type { CopiesFound } from './train-results.ts'

/** The judgement of a model on test examples, and what is to be known of them. */
export interface Tested {
  readonly judgement: Judgement
  /** For each test example that has near copies among the training examples, the nearest one: `first` is the test example. */
  readonly copies: readonly NearCopy[] | undefined
  /** The judgement without the test examples that have near copies; null where none has. */
  readonly without: Judgement | null
  readonly problem: string | null
}

/** Looks for near copies of training pictures among test pictures, once the model has named them. */
export const withCopies = (
  context: TrainContext,
  examples: Dataset,
  judged: Judged,
): TaskEither<ExperimentError, Tested> => {
  const { spec, opened, vectors } = context
  if (!dataKindOf(spec.reading?.kind).arePictures)
    return TE.right({ judgement: judge(judged), copies: [], without: null, problem: null })
  return pipe(
    vectorsFor(context, { network: opened.network, examples }),
    TE.map((encoded) => {
      const found = nearCopiesIn(projection, vectorsOf(encoded), vectorsOf(vectors))
      const copies = found && nearestOf(found)
      return {
        judgement: judge(judged),
        copies,
        without: copies === undefined || copies.length === 0 ? null : judge(withoutRows(judged, copies)),
        problem: copies === undefined ? problemOf(vectors) : null,
      }
    }),
  )
}

/** The most similar pair of each first example. */
const nearestOf = (pairs: readonly NearCopy[]): readonly NearCopy[] => {
  const nearest = new Map<number, NearCopy>()
  for (const pair of pairs)
    if (pair.similarity > (nearest.get(pair.first)?.similarity ?? -1)) nearest.set(pair.first, pair)
  return [...nearest.values()]
}

const withoutRows = (judged: Judged, copies: readonly NearCopy[]): Judged => {
  const probabilities = judged.probabilities.slice()
  for (const { first } of copies) probabilities.fill(NaN, first * judged.classes, (first + 1) * judged.classes)
  return { ...judged, probabilities }
}

/** The near copies of a training, by the paths of their files. */
export const copiesFound = (
  { data: { files, testFiles }, held }: TrainContext,
  tested: Tested | null,
): CopiesFound => ({
  similarity: nearCopy,
  together: held.near.map((places) => places.map((place) => files[place] ?? '')),
  apart: held.apart,
  test: (tested?.copies ?? []).map(({ first, second, similarity }) => ({
    file: testFiles[first] ?? '',
    like: files[second] ?? '',
    similarity,
  })),
  testWithout: tested?.without ?? null,
  problem: held.problem ?? tested?.problem ?? null,
})
