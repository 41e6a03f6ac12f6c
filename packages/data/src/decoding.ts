import { codeOf } from '@ptu/core'
import { readFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { DataError } from './errors.ts'
import type { Watch } from './watch.ts'
import type { TakeCells } from './separator.ts'
import { readLines, readLinesInTurns, type LineOptions } from './table-lines.ts'

/** A way to decode the rows of a file: each is taken as it is read, and the end makes something of them. */
export interface Decoding<A> {
  readonly lines: LineOptions
  readonly take: TakeCells
  readonly finish: () => E.Either<DataError, A>
}

/** The beginning of a decoding, which looks at the bytes; a Left where they are no text. */
export type BeginDecoding<A> = (bytes: Uint8Array) => E.Either<DataError, Decoding<A>>

/** A decoding whose outcome is changed. */
export const andThen = <A, B>(decoding: Decoding<A>, change: (found: A) => E.Either<DataError, B>): Decoding<B> => ({
  ...decoding,
  finish: () => E.flatMap(change)(decoding.finish()),
})

/** The problem of a file; anything else that was thrown, by the progress of the caller for one, is a bug and thrown on. */
const broken = (cause: unknown): DataError => {
  if (cause instanceof DataError) return cause
  if (codeOf(cause) === 'ERR_STRING_TOO_LONG')
    return new DataError('a line has more than 500 million characters; break it into several')
  throw cause
}

/** Decodes bytes at once. */
export const decodeAtOnce = <A>(bytes: Uint8Array, begin: BeginDecoding<A>): E.Either<DataError, A> =>
  pipe(
    begin(bytes),
    E.tap(({ lines, take }) =>
      E.tryCatch(() => {
        readLines(bytes, lines, take)
      }, broken),
    ),
    E.flatMap(({ finish }) => finish()),
  )

/** The options of {@link decodeFileInTurns}. */
export interface DecodeFileOptions {
  /** Is told of the bytes that were decoded, and ends the decoding. */
  readonly watch: Watch
  /** The most bytes of the file. */
  readonly limit: number
}

/** Reads a file and decodes it, while timers, signals and other work have their turn; a Left names the file. */
export const decodeFileInTurns = <A>(
  path: string,
  begin: BeginDecoding<A>,
  { watch, limit }: DecodeFileOptions,
): TE.TaskEither<DataError, A> =>
  pipe(
    readFile(path, limit),
    TE.mapLeft(({ message }) => new DataError(message)),
    TE.flatMap((bytes) =>
      pipe(
        TE.fromEither(begin(bytes)),
        TE.tap(({ lines, take }) => TE.tryCatch(() => readLinesInTurns(bytes, lines, take, watch), broken)),
        TE.flatMapEither(({ finish }) => finish()),
        TE.mapLeft(({ message }) => new DataError(`cannot read ${path}: ${message}`)),
      ),
    ),
  )
