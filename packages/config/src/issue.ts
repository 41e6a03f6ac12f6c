import type { Tree } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import type { NonEmptyArray } from 'fp-ts/lib/NonEmptyArray.js'

/** One problem of an input: where it is and what was expected there. */
export interface Issue {
  readonly path: Tree.Path
  readonly message: string
}

/** A value, or every problem that was found. */
export type Decoded<A> = E.Either<NonEmptyArray<Issue>, A>

/** A configuration was refused. `message` lists every issue, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly issues: readonly Issue[]

  constructor(origin: string, issues: readonly Issue[]) {
    super(`${origin}\n${issues.map((issue) => `  ${formatIssue(issue)}`).join('\n')}`)
    this.issues = issues
  }
}

/** A Left with one issue. */
export const refuse = (path: Tree.Path, message: string): Decoded<never> => E.left([{ path, message }])

/** An issue as a line: `rates.1: expected a number above 0, got -1`. */
export const formatIssue = ({ path, message }: Issue): string =>
  path.length === 0 ? message : `${formatPath(path)}: ${message}`

const formatPath = (path: Tree.Path): string =>
  path.map((part) => (typeof part === 'string' ? clip(part) : String(part))).join('.')

const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

/** A few words for a value of unknown origin, for use in a message: never longer than a line. */
export const describe = (input: unknown): string => {
  if (input === undefined) return 'nothing'
  if (Array.isArray(input)) return `a list of ${String(input.length)}`
  if (typeof input === 'object' && input !== null) return 'an object'
  if (typeof input === 'number') return String(input)
  return JSON.stringify(typeof input === 'string' ? clip(input) : input)
}
