import { constants, open } from 'node:fs/promises'

import { messageOf } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Decoder } from './decoder.ts'
import { ConfigError } from './issue.ts'

const configLimit = 1_000_000

/** Checks a value; `origin` heads the list of problems. */
export const decode =
  <A>(decoder: Decoder<A>, origin: string) =>
  (input: unknown): E.Either<ConfigError, A> =>
    pipe(
      decoder(input, []),
      E.mapLeft((issues) => new ConfigError(origin, issues)),
    )

const parseJson = (path: string, text: string): E.Either<ConfigError, unknown> =>
  E.tryCatch(
    () => JSON.parse(text) as unknown,
    (cause) => refused(path, `not JSON: ${messageOf(cause)}`),
  )

const refused = (path: string, message: string): ConfigError =>
  new ConfigError(`cannot use ${path}:`, [{ path: [], message }])

/**
 * Reads a JSON file of at most `limit` bytes (a megabyte), as it is: check it with {@link decode}.
 *
 * @example
 * ```ts
 * await pipe(readJson('compare.json'), TE.flatMapEither(decode(compareConfig, 'compare.json:')))()
 * ```
 */
export const readJson = (path: string, limit: number = configLimit): TE.TaskEither<ConfigError, unknown> =>
  pipe(
    TE.tryCatch(
      () => readText(path, limit),
      (cause) => refused(path, messageOf(cause)),
    ),
    TE.flatMapEither((text) => parseJson(path, text)),
  )

const readText = async (path: string, limit: number): Promise<string> => {
  // Without O_NONBLOCK, opening a pipe waits until somebody writes to it. Windows has neither flag nor such pipes.
  const file = await open(path, constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0))
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw new Error('it is a folder, a pipe or a device; name a file')
    if (stat.size > limit) throw new Error(`expected at most ${String(limit)} bytes, the file has ${String(stat.size)}`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Reads and checks a JSON file; every problem of it is in the Left. */
export const readConfig = <A>(path: string, decoder: Decoder<A>): TE.TaskEither<ConfigError, A> =>
  pipe(readJson(path), TE.flatMapEither(decode(decoder, `${path} is not a valid configuration:`)))
