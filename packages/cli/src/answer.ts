import type { Json } from '@ptu/core'
import type { ExperimentError } from '@ptu/experiments'
import type { ReaderTaskEither } from 'fp-ts/lib/ReaderTaskEither.js'

import type { Env } from './env.ts'

/** What a command has to say: as text for people, as a document for programs. */
export interface Answer {
  /** Empty where all was said already. */
  readonly text: string
  readonly json: Json
  /** The exit code (0). */
  readonly code?: number
}

/** A command whose arguments are known: what is left is to run it somewhere. */
export type Command = ReaderTaskEither<Env, ExperimentError, Answer>
