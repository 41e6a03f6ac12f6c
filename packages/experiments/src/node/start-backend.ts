import { suggestion } from '@ptu/config'
import { backendNames, useBackend, type BackendName, type Started } from '@ptu/tensor/backend'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { toRunError, UsageError, type ExperimentError } from '../errors.ts'

const choices = ['auto', ...backendNames]

const named = (text: string): E.Either<UsageError, 'auto' | BackendName> =>
  choices.includes(text)
    ? E.right(text as 'auto' | BackendName)
    : E.left(new UsageError(`--backend: expected ${choices.join(', ')}; got "${text}"${suggestion(text, choices)}`))

/** Starts the backend of a name that came from outside. */
export const startBackend = (text: string): TE.TaskEither<ExperimentError, Started> =>
  pipe(
    TE.fromEither(named(text)),
    TE.flatMap((name) => pipe(useBackend(name), TE.mapLeft(toRunError))),
  )
