import * as E from 'fp-ts/lib/Either.js'

import { RunError } from '../errors.ts'
import type { Method } from '../methods/method.ts'
import type { TaskData } from './task-data.ts'
import { taskKindOf } from './task-kind.ts'

/** Checks before anything is trained that methods are for the kind of task that a target poses. */
export const checkMethods = (
  methods: readonly Pick<Method, 'name' | 'kinds'>[],
  { train }: Pick<TaskData, 'train'>,
): E.Either<RunError, void> => {
  const kind = taskKindOf(train).name
  const unfit = methods.filter(({ kinds }) => kinds !== undefined && !kinds.includes(kind))
  if (unfit.length === 0) return E.right(undefined)
  const wanted = [...new Set(unfit.flatMap(({ kinds = [] }) => kinds))]
  return E.left(
    new RunError(
      `${unfit.map(({ name }) => name).join(', ')}: expected a task of the kind ${wanted.join(' or ')}, got ${kind}; ` +
        `leave ${unfit.length === 1 ? 'this method' : 'these methods'} out`,
    ),
  )
}
