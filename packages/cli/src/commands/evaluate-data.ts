import { key, permutation } from '@ptu/core'
import { alignClasses, countOf, take, type Dataset } from '@ptu/data'
import {
  digestOfPhotos,
  loadParts,
  loadTask,
  RunError,
  toRunError,
  UsageError,
  type ExperimentError,
  type LoadedParts,
  type ModelFacts,
} from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** The data to test on. */
export interface DataRequest {
  /** A data spec. */
  readonly data: string
  /** The most examples, drawn with the seed. */
  readonly limit: number | undefined
  readonly seed: number
  readonly warn: (text: string) => void
}

/** Examples to test on, in the form that a model wants. */
export interface TestExamples {
  readonly examples: Dataset
  /**
   * The relation of the examples to the model's training: `new` as far as is known, `held out` from it, or
   * `trained on`.
   */
  readonly seen: 'new' | 'held out' | 'trained on'
}

/**
 * Reads examples in the form that a model wants: by its rule for images, with its classes by name. Nothing is guessed.
 */
export const testExamples = (facts: ModelFacts, request: DataRequest): TE.TaskEither<ExperimentError, TestExamples> => {
  const { data, limit, seed, warn } = request
  const { vocabulary, image } = facts
  if (limit === 0) return TE.left(new UsageError('--limit: expected at least 1, got 0'))
  return pipe(
    loadParts(data, { vocabulary: vocabulary ?? undefined, image, warn }),
    TE.flatMap((parts) => unseen(parts, facts, request)),
    TE.flatMapEither(({ examples, seen }) =>
      pipe(
        fitting(facts, examples, data),
        E.map((fits) => ({ seen, examples: limit === undefined ? fits : drawn(fits, limit, seed) })),
      ),
    ),
  )
}

/**
 * The test part. Data without one give all examples, except if the model was trained on them: then the part held out
 * from it.
 */
const unseen = (
  { train, test }: LoadedParts,
  { targetData, image }: ModelFacts,
  { data }: DataRequest,
): TE.TaskEither<ExperimentError, TestExamples> => {
  if (test !== undefined) return TE.right({ examples: test, seen: 'new' })
  return pipe(
    TE.fromTask(() => digestOfPhotos(train, undefined)),
    TE.flatMap((digest): TE.TaskEither<ExperimentError, TestExamples> =>
      digest === targetData
        ? TE.right({ examples: train, seen: 'trained on' })
        : pipe(
            loadTask(data, undefined, { image }),
            TE.map((task): TestExamples =>
              task.digest === targetData ? { examples: task.test, seen: 'held out' } : { examples: train, seen: 'new' },
            ),
            // Too few examples to split are no task, so that no model was made from them.
            TE.orElse(() => TE.right<ExperimentError, TestExamples>({ examples: train, seen: 'new' })),
          ),
    ),
  )
}

const drawn = (examples: Dataset, limit: number, seed: number): Dataset =>
  take(examples, permutation(key(seed), countOf(examples)).slice(0, limit))

const fitting = (facts: ModelFacts, examples: Dataset, data: string): E.Either<RunError, Dataset> => {
  const problem = mismatch(facts, examples, data)
  if (problem !== undefined) return E.left(new RunError(problem))
  return pipe(
    alignClasses(facts.classes, examples),
    E.mapLeft(({ message }) => toRunError(new Error(`${data}: ${message}`))),
    E.filterOrElse(
      ({ labels }) => new Set(labels.filter((label) => label >= 0)).size > 1,
      () => new RunError(`${data}: expected examples of two classes or more, an accuracy of one class says nothing`),
    ),
  )
}

/** The reason why a model cannot take examples; undefined if it can. */
const mismatch = ({ shape, vocabulary }: ModelFacts, examples: Dataset, data: string): string | undefined => {
  if (examples.labels.length === 0) return `expected examples to test on, ${data} has none`
  if ((examples.tagged === true) !== (vocabulary !== null))
    return vocabulary === null
      ? `expected examples of one class each, ${data} has a tag for each token`
      : `expected texts with a tag for each token, ${data} has examples of one class each`
  return examples.shape.join() === shape.join()
    ? undefined
    : `expected examples of ${shape.join(' × ')}, ${data} has ${examples.shape.join(' × ')}`
}
