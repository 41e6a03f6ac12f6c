import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import { UsageError, type ExperimentError } from '../errors.ts'
import { namedIn } from '../named.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import { probeName } from './candidate.ts'
import type { TrainContext } from './train.ts'

/** The methods that take nothing from a source network. */
const needNoSource = [probeName, 'scratch']

/** Refuses a method that is not known, or that needs a source network where there is none. */
export const checkMethod = ({
  spec: { method, source },
  tools,
  data,
}: Pick<TrainContext, 'spec' | 'tools'> & {
  readonly data: Pick<TrainContext['data'], 'train'>
}): E.Either<ExperimentError, unknown> => {
  if (method === undefined || method === probeName) return E.right(undefined)
  if (source === null && !needNoSource.includes(method))
    return E.left(
      new UsageError(
        `--method: expected ${needNoSource.join(' or ')}, as there is no source network to transfer from, got ${method}; ` +
          'name data with the same columns with --source',
      ),
    )
  return pipe(
    namedIn('--method', tools.methods, method),
    E.filterOrElseW(
      ({ kinds }) => kinds === undefined || kinds.includes(taskKindOf(data.train).name),
      () =>
        new UsageError(
          `--method: ${method} is for one class each; of other labels take ${probeName}, fine-tune, ptu or scratch`,
        ),
    ),
  )
}
