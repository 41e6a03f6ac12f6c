import { inTurns, type Stepwise } from '@ptu/core'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { InterruptedError, type ExperimentError } from '../errors.ts'
import type { Tools } from './experiment.ts'
import { showing } from './showing.ts'

/**
 * Does a long computation on this thread while its progress is shown under a title.
 *
 * A Left once the signal aborts, which is noticed between two steps.
 */
export const stepByStep = <A>(
  { progress, signal }: Pick<Tools, 'progress' | 'signal'>,
  title: string,
  work: () => Stepwise<A>,
): TaskEither<ExperimentError, A> =>
  showing(progress, title, (tell) =>
    TE.tryCatch(
      () =>
        inTurns(work(), {
          signal,
          onPart: (part) => {
            tell(part, 1)
          },
        }),
      (cause) => {
        if (signal.aborted) return new InterruptedError('interrupted')
        throw cause
      },
    ),
  )
