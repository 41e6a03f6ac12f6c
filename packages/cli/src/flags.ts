import { isRecord } from '@ptu/core'
import { ConfigError, decode, readJson, type Decoder, type Issue } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { UsageError } from '@ptu/experiments'

/** Values of flags before they are checked, by the names that configurations use. */
export type Flags = Readonly<Record<string, unknown>>

/** Turns a text into a number if it is one; otherwise the text stays, for the check to refuse. */
export const numeric = (text: string): number | string => {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isNaN(value) ? text : value
}

/** The members of `a,b,c`. */
export const commaList = (text: string): readonly string[] => text.split(',').map((member) => member.trim())

/** The values of an option that may be given again, in the order in which they were. */
export const listed = (text: string, earlier: readonly string[] = []): readonly string[] => [...earlier, text]

/** `3`, or the members of `0,4,5`. */
export const numbers = (text: string): unknown => (text.includes(',') ? commaList(text).map(numeric) : numeric(text))

/** Names the place of a problem: `--rates` for a flag, `rates.1` for a member of the configuration file. */
const located =
  (flags: Flags, file: string | undefined) =>
  (issue: Issue): Issue => {
    const [first, ...rest] = issue.path
    if (typeof first !== 'string') return issue
    if (Object.hasOwn(flags, first) || file === undefined) return { ...issue, path: [`--${first}`, ...rest] }
    return { ...issue, path: [`${file}: ${first}`, ...rest] }
  }

/**
 * A configuration from a preset, a file and flags; later ones win. All problems are in the Left.
 *
 * @example
 * ```ts
 * const call = await configured(compareConfig, { shots: 0 }, undefined)()
 * expect(E.isLeft(call) && call.left.message).toContain('--shots: expected a whole number of at least 1')
 * ```
 */
export const configured = <A>(
  decoder: Decoder<A>,
  flags: Flags,
  file: string | undefined,
  preset: Flags = {},
): TE.TaskEither<UsageError, A> =>
  pipe(
    file === undefined ? TE.right({}) : readJson(file),
    TE.flatMapEither((base): E.Either<ConfigError, A> => {
      if (!isRecord(base)) return decode(decoder, `cannot use ${file ?? ''}:`)(base)
      return pipe(
        decoder({ ...preset, ...base, ...flags }, []),
        E.mapLeft((issues) => new ConfigError('the command cannot run as it is:', issues.map(located(flags, file)))),
      )
    }),
    TE.mapLeft(({ message }) => new UsageError(message)),
  )
