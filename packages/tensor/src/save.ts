import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { readFile, writeFile, type FileError } from './files.ts'
import { decodeParams, encodeParams, type SavedParams } from './safetensors.ts'
import { CorruptFileError } from './safetensors-header.ts'
import type { ParamTree } from './params.ts'

/** Files of parameters beyond 2 GiB are refused unless a higher limit is given. */
const defaultLimit = 2 ** 31

/**
 * Saves parameters and text to a safetensors file, whole or not at all. Borrows `params`.
 *
 * @example
 * ```ts
 * const params = { kernel: ones([2, 3]) }
 * const saved = await saveParams('runs/a/model.safetensors', params, { strategy: 'ptu' })()
 * expect(E.isRight(saved)).toBe(true)
 * ```
 */
export const saveParams = (
  path: string,
  params: ParamTree,
  metadata: Readonly<Record<string, string>> = {},
): TE.TaskEither<FileError, void> =>
  pipe(
    TE.fromTask(() => encodeParams(params, metadata)),
    TE.flatMap((bytes) => writeFile(path, bytes)),
  )

/** Loads what {@link saveParams} saved; the caller owns the parameters. */
export const loadParams = (
  path: string,
  limit: number = defaultLimit,
): TE.TaskEither<FileError | CorruptFileError, SavedParams> =>
  pipe(
    readFile(path, limit),
    TE.flatMap((bytes) =>
      pipe(
        decodeParams(bytes),
        TE.mapLeft((error) => new CorruptFileError(`cannot load ${path}: ${error.message}`)),
      ),
    ),
  )
