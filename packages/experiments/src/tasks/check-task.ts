import { key } from '@ptu/core'
import { fewShot, splitStratified, type Dataset } from '@ptu/data'
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
  /** True if labels are held back for validation. */
  readonly validates: boolean
}

/** Checks that a target fits a source and has enough labels. */
export const checkTask = (
  { target: name, shots, validates }: TaskQuestion,
  source: PreparedSource,
  target: Pick<TaskData, 'train'>,
): E.Either<RunError, unknown> => {
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
    fewShot(keysOf(0).draw, target.train, shots),
    E.mapLeft(({ message }) => message),
    E.flatMap((labelled) => (validates ? dividable(labelled) : E.right(undefined))),
    E.mapLeft((message) => new RunError(`${name}: ${message}`)),
  )
}

/** Divides the labelled examples of a draw, as methods that search do. */
const dividable = (labelled: Dataset): E.Either<string, unknown> =>
  pipe(
    splitStratified(key(0), labelled),
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
