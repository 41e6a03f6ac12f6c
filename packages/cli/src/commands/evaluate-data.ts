import { key, permutation } from '@ptu/core'
import { alignClasses, countOf, parseSource, readKnownRows, take, type Dataset, type Encoding } from '@ptu/data'
import {
  digestOfPhotos,
  dividedTask,
  exampleDigests,
  loadParts,
  RunError,
  targetKinds,
  toRunError,
  UsageError,
  type ExperimentError,
  type LoadedParts,
  type ModelFacts,
  type TaskFacts,
} from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { photosAt, photoTable } from './evaluate-photos.ts'

/** The data to test on. */
export interface DataRequest {
  /** A data spec. */
  readonly data: string
  /** The most examples, drawn with the seed. */
  readonly limit: number | undefined
  readonly seed: number
  readonly warn: (text: string) => void
  /** The digests of the examples that the model was trained on, as far as they are known. */
  readonly trainedOn: ReadonlySet<string>
}

/** Examples to test on, in the form that a model wants. */
export interface TestExamples {
  readonly examples: Dataset
  /**
   * The relation of the examples to the model's training: `new` as far as is known, `held out` from it, or
   * `trained on`.
   */
  readonly seen: 'new' | 'held out' | 'trained on'
  /** Examples that are left out as the model was trained on them, with their names. */
  readonly leftOut?: { readonly examples: Dataset; readonly names: readonly string[] }
  /** The name of each example, where it has one. */
  readonly names?: readonly string[]
  /** Notes on the examples for people. */
  readonly notes?: readonly string[]
}

/**
 * Reads examples in the form that a model wants: by its rule for images, with its classes by name. Nothing is guessed.
 */
export const testExamples = (facts: ModelFacts, request: DataRequest): TE.TaskEither<ExperimentError, TestExamples> => {
  const { data, limit, seed, warn } = request
  const { vocabulary, image } = facts
  if (limit === 0) return TE.left(new UsageError('--limit: expected at least 1, got 0'))
  const table = facts.encoding === undefined ? photoTable(data, facts) : undefined
  return pipe(
    table !== undefined
      ? photosAt(table, facts)
      : facts.encoding === undefined
        ? pipe(
            loadParts(data, { vocabulary: vocabulary ?? undefined, image, warn, table: facts.table }),
            TE.flatMapTask((parts) => () => testPart(parts, facts)),
          )
        : rowsAt(data, facts.encoding, facts.classes),
    TE.flatMap((found) => (request.trainedOn.size === 0 ? heldOut(found, facts) : TE.right(found))),
    TE.flatMapTask((found) => () => withoutTrainedOn(found, request.trainedOn)),
    TE.flatMapEither(({ examples, ...found }) =>
      pipe(
        fitting(facts, examples, data),
        E.map((fits) => ({ ...found, examples: limit === undefined ? fits : drawn(fits, limit, seed) })),
      ),
    ),
  )
}

/** Labelled rows as a model of rows reads them; options behind a # may name the column of the labels. */
const rowsAt = (
  data: string,
  encoding: Encoding,
  classes: readonly string[],
): TE.TaskEither<ExperimentError, TestExamples> =>
  pipe(
    TE.fromEither(parseSource(data)),
    TE.filterOrElseW(
      (spec) => spec.kind === 'table' || spec.kind === 'texts',
      () => new UsageError(`expected a .csv, .tsv or .jsonl file like that of the model's training, got ${data}`),
    ),
    TE.mapLeft((error): ExperimentError => new UsageError(error.message)),
    TE.flatMap((spec) => {
      const { path } = spec
      const { label = encoding.label } = spec.kind === 'table' ? spec : {}
      const { target } = encoding
      // Another column of labels takes the place of the only one; several keep their names.
      const own = target?.columns.length === 1 ? { ...target, columns: [label] } : target
      return pipe(readKnownRows(path, { ...encoding, label, target: own }, { classes }), TE.mapLeft(toRunError))
    }),
    TE.map(({ dataset, names, unreadable: [first, ...others], warnings }) => ({
      ...{ examples: dataset, names, seen: 'new' as const },
      notes: [
        ...warnings,
        ...(first === undefined
          ? []
          : [
              `${others.length === 0 ? '1 row is' : `${others.length + 1} rows are`} left out, for instance ${first.path}: ${first.why}`,
            ]),
      ],
    })),
  )

/** Leaves out what a model was trained on, unless that is all. */
const withoutTrainedOn = async (found: TestExamples, trainedOn: ReadonlySet<string>): Promise<TestExamples> => {
  const { examples, names = [], seen } = found
  if (trainedOn.size === 0 || seen === 'trained on') return found
  const digests = await exampleDigests(examples)
  const [known, fresh] = [true, false].map((is) =>
    [...digests.keys()].filter((i) => trainedOn.has(digests[i] ?? '') === is),
  )
  if (known === undefined || fresh === undefined || known.length === 0) return found
  if (fresh.length === 0) return { ...found, seen: 'trained on' }
  return {
    ...found,
    examples: take(examples, fresh),
    leftOut: { examples: take(examples, known), names: known.map((i) => names[i] ?? `example ${i + 1}`) },
  }
}

/** The test part; data without one give all examples. */
const testPart = async ({ train, test, files }: LoadedParts, { targetData }: ModelFacts): Promise<TestExamples> => {
  if (test !== undefined) return { examples: test, seen: 'new', ...(files?.test && { names: files.test }) }
  const isSame = (await digestOfPhotos(train, undefined)) === targetData
  return { examples: train, seen: isSame ? 'trained on' : 'new', ...(files && !isSame && { names: files.train }) }
}

/** The part of examples that was held out from the model's training, where that was a part of these. */
const heldOut = (found: TestExamples, { targetData }: ModelFacts): TE.TaskEither<ExperimentError, TestExamples> =>
  found.seen !== 'new'
    ? TE.right(found)
    : pipe(
        dividedTask(found.examples),
        TE.map(({ digest, test }): TestExamples =>
          digest === targetData
            ? { examples: test, seen: 'held out', ...(found.notes && { notes: found.notes }) }
            : found,
        ),
        // Too few examples to divide are no task, so that no model was made from them.
        TE.orElse(() => TE.right<ExperimentError, TestExamples>(found)),
      )

const drawn = (examples: Dataset, limit: number, seed: number): Dataset =>
  take(examples, permutation(key(seed), countOf(examples)).slice(0, limit))

const fitting = (facts: ModelFacts, examples: Dataset, data: string): E.Either<RunError, Dataset> => {
  const problem = mismatch(facts, examples, data)
  if (problem !== undefined) return E.left(new RunError(problem))
  if (examples.targets !== undefined) return E.right(examples)
  return pipe(
    alignClasses(facts.classes, examples),
    E.mapLeft(({ message }) => toRunError(new Error(`${data}: ${message}`))),
    E.filterOrElse(
      ({ labels }) => new Set(labels.filter((label) => label >= 0)).size > 1,
      () => new RunError(`${data}: expected examples of two classes or more, an accuracy of one class says nothing`),
    ),
  )
}

/** The labels of examples in words. */
const wordsOf = (of: Pick<TaskFacts, 'kind'> | undefined): string =>
  of === undefined ? 'one class for each example' : targetKinds[of.kind].words

/** The reason why a model cannot take examples; undefined if it can. */
const mismatch = ({ shape, vocabulary, task }: ModelFacts, examples: Dataset, data: string): string | undefined => {
  if (examples.labels.length === 0) return `expected examples to test on, ${data} has none`
  const [wanted, got] = [wordsOf(task), wordsOf(examples.targets)]
  if (wanted !== got) return `expected ${wanted} to test on, ${data} has ${got}`
  if ((examples.tagged === true) !== (vocabulary !== null))
    return vocabulary === null
      ? `expected examples of one class each, ${data} has a tag for each token`
      : `expected texts with a tag for each token, ${data} has examples of one class each`
  return examples.shape.join() === shape.join()
    ? undefined
    : `expected examples of ${shape.join(' × ')}, ${data} has ${examples.shape.join(' × ')}`
}
