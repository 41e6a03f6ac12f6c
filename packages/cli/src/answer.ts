import type { Json } from '@ptu/core'
import type { ExperimentError } from '@ptu/experiments'
import type { ReaderTaskEither } from 'fp-ts/lib/ReaderTaskEither.js'

import type { Env } from './env.ts'

/** The answer of a command: as text for people, as a document for programs. */
export interface Answer {
  /** The text for people; empty if everything was said already. */
  readonly text: string
  readonly json: Json
  /** The exit code (0). */
  readonly code?: number
}

/** A command whose arguments are known: it only has to be run somewhere. */
export type Command = ReaderTaskEither<Env, ExperimentError, Answer>
