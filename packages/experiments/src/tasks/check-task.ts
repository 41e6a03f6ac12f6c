import { fewShot, type Dataset } from '@ptu/data'
import { divideForSearch } from '@ptu/trainer'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import { RunError } from '../errors.ts'
import type { PreparedSource } from '../sources/source.ts'
import { keysOf } from './few-shot-task.ts'
import type { TaskData } from './task-data.ts'

/** The parts of a task that are checked before anything is trained. */
export interface TaskQuestion {
  readonly target: string
  readonly shots: number
  /** The seeds of the draws of labels, at least one. */
  readonly seeds: readonly number[]
  /** True if labels are held back for validation. */
  readonly validates: boolean
}

/** Checks that a target fits a source and has enough labels, in the draws of all seeds. */
export const checkTask = (
  question: TaskQuestion,
  source: PreparedSource,
  target: Pick<TaskData, 'train'>,
): E.Either<RunError, unknown> => {
  const { target: name } = question
  const [from, to] = [source.input.shape.join(' × '), target.train.shape.join(' × ')]
  if (from !== to)
    return E.left(
      new RunError(
        `expected source and target of one shape, got ${from} in ${source.title} and ${to} in ${name}; ` +
          'bring the data to one size, for images with #size=HEIGHTxWIDTH and #channels=1, for texts with #steps=N',
      ),
    )
  const problem = source.problem ?? kindProblem(source, target)
  if (problem !== undefined) return E.left(new RunError(problem))
  return pipe(
    enoughLabels(question, target.train),
    E.mapLeft((message) => new RunError(`${name}: ${message}`)),
  )
}

/** Checks the draws of all seeds. One seed tells for all whether there are enough labels to draw, but not to divide. */
const enoughLabels = ({ shots, seeds, validates }: TaskQuestion, train: Dataset): E.Either<string, unknown> => {
  const divided = (seed: number): E.Either<string, unknown> =>
    pipe(
      fewShot(keysOf(seed).draw, train, shots),
      E.mapLeft(({ message }) => message),
      E.flatMap((labelled) => (validates ? dividable(seed, labelled) : E.right(undefined))),
    )
  const failed = seeds.slice(0, validates ? undefined : 1).flatMap((seed) =>
    E.fold(
      (message: string) => [{ seed, message }],
      () => [],
    )(divided(seed)),
  )
  const [first] = failed
  if (first === undefined) return E.right(undefined)
  if (failed.length === seeds.length || !validates) return E.left(first.message)
  const named = failed.slice(0, 10).map(({ seed }) => seed)
  const rest = failed.length > named.length ? ` and ${failed.length - named.length} more` : ''
  return E.left(`${first.message}; so it is with ${named.length > 1 ? 'seeds' : 'seed'} ${named.join(', ')}${rest}`)
}

/** Divides the labelled examples of a draw, as methods that search do. */
const dividable = (seed: number, labelled: Dataset): E.Either<string, unknown> =>
  pipe(
    divideForSearch(keysOf(seed).training, labelled),
    E.mapLeft(({ message }) => `${message}, or raise --shots for the methods that search`),
  )

const kindProblem = (source: PreparedSource, target: Pick<TaskData, 'train'>): string | undefined => {
  if (source.data === undefined) return undefined
  const [from, to] = [source.data.train.tagged === true, target.train.tagged === true]
  if (from === to) return undefined
  return to
    ? `expected a source of texts with a tag for each token, such as brown:news, got ${source.title}`
    : `expected a target of texts with a tag for each token, such as brown:adventure, for ${source.title}`
}
