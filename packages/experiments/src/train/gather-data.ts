import type { Dataset } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { InterruptedError, RunError, UsageError, type ExperimentError } from '../errors.ts'
import type { Tools } from '../run/experiment.ts'
import { showing } from '../run/showing.ts'
import { freshSource } from '../sources/fresh-source.ts'
import type { PreparedSource } from '../sources/source.ts'
import type { TaskData } from '../tasks/task-data.ts'
import { dataKindOf } from './data-kinds.ts'
import { examplesProblem, likeNames, measuredClasses } from './examples-problem.ts'
import type { LabelledData } from './labelled-data.ts'
import type { TrainSpec } from './train-spec.ts'

/** Reads the data of a training as its source wants them, and tells what should be known of them. */
export const dataFor = (
  { data: path, reading = { kind: 'photos' }, test, strict, seed, augment = [], balance = false }: TrainSpec,
  source: PreparedSource | undefined,
  { progress, signal, warn }: Tools,
): TaskEither<ExperimentError, LabelledData> => {
  const { words, read, arePictures } = dataKindOf(reading.kind)
  if (augment.length > 0 && !arePictures)
    return TE.left(
      new UsageError(`--augment: expected images, whose copies can be changed, got ${words.many}; leave it out`),
    )
  return pipe(
    showing(progress, words.many, (onStep) =>
      read({ path, reading, input: source?.input }, { test, strict, seed, signal, onStep, earlier: source?.earlier }),
    ),
    TE.mapLeft((error) => (signal.aborted ? new InterruptedError('interrupted') : error)),
    TE.flatMapEither((data): E.Either<ExperimentError, LabelledData & { readonly warnings: readonly string[] }> => {
      if (balance && data.train.targets !== undefined)
        return E.left(
          new UsageError(
            `--balance: expected one class for each of the ${words.many}, so that classes come equally often; leave it out`,
          ),
        )
      const problem = source?.earlier === undefined ? examplesProblem(data, words.many) : undefined
      return problem === undefined
        ? E.right({ ...data, warnings: [...(data.warnings ?? []), ...warningsOf(data.train)] })
        : E.left(new RunError(`${path}: ${problem}`))
    }),
    TE.tap(({ warnings }) =>
      TE.fromIO(() => {
        warnings.forEach(warn)
      }),
    ),
  )
}

const warningsOf = ({ classes, targets }: Dataset): readonly string[] => [
  ...likeNames(classes),
  ...(targets === undefined ? measuredClasses(classes) : []),
]

/** The network that starts at random, where there is nothing to transfer from. */
export const sourceWithout = (
  { seed }: TrainSpec,
  data: LabelledData,
  tools: Tools,
): TaskEither<ExperimentError, PreparedSource> => TE.fromEither(freshSource(taskOf(data), seed, tools))

/** The labelled examples as a task whose test part was not looked at. */
export const taskOf = ({ train, digest, encoding, columns }: LabelledData): TaskData => ({
  ...{ train, test: train, digest },
  ...(encoding && { encoding }),
  ...(columns && { columns }),
})
