import { messageOf } from '@ptu/core'
import { ImportError } from '@ptu/networks'
import { FileError, readFile } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { attempt } from '../attempt.ts'
import { recordOf, shown } from './fields.ts'
import { bytesOf, decodeLayersModel, weightGroups, type StoredLayersModel, type WeightGroup } from './stored-model.ts'

/** Larger descriptions, and weights of more bytes or in more files, are refused before they are read. */
const limits = { description: 2 ** 26, weights: 2 ** 32, files: 10_000 }

/**
 * Reads a `model.json` and the weight files beside it, as `tf.LayersModel.save` and the converter from Keras write them.
 *
 * Needs no `@tensorflow/tfjs-layers`. Only files in the folder of `path` or below it are read, none of more bytes than the
 * description says; nothing is fetched. A Left says what is wrong with which file.
 *
 * @example
 * ```ts
 * const source = pipe(
 *   readLayersModel('models/mobilenet/model.json'),
 *   TE.flatMapEither((model) => fromLayersModel(model, ['block_6_expand_relu'])),
 * )
 * expect(E.isLeft(await source())).toBe(true) // there is no such file
 * ```
 */
export const readLayersModel = (path: string): TE.TaskEither<FileError | ImportError, StoredLayersModel> =>
  pipe(
    readFile(path, limits.description),
    TE.flatMapEither((bytes) => attempt(() => parsed(path, bytes))),
    TE.flatMap((json) =>
      pipe(
        TE.fromEither(attempt(() => filesOf(weightGroups(recordOf(json, path))))),
        TE.flatMap((files) => readAll(path, files)),
        TE.flatMapEither((bytes) => decodeLayersModel(json, bytes)),
      ),
    ),
  )

const parsed = (path: string, bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new ImportError(`${path}: expected JSON: ${messageOf(cause).slice(0, 200)}`, { cause })
  }
}

/** A file of a group and the most bytes it may have. */
interface WeightFile {
  readonly name: string
  readonly group: number
  readonly limit: number
}

const filesOf = (groups: readonly WeightGroup[]): readonly WeightFile[] => {
  const total = groups.reduce((sum, { weights }) => sum + bytesOf(weights), 0)
  if (total > limits.weights) throw new ImportError(`expected at most ${limits.weights} bytes of weights, got ${total}`)
  const files = groups.flatMap(({ paths, weights }, group) =>
    paths.map((path) => ({ name: localName(path), group, limit: bytesOf(weights) })),
  )
  if (files.length > limits.files) throw new ImportError(`expected at most ${limits.files} files of weights`)
  return files
}

/** A relative path that stays in the folder, on every system. */
const localName = (path: unknown): string => {
  const name = typeof path === 'string' ? path : ''
  const parts = name.split('/')
  if (/^[^\\:\0]+$/.test(name) && parts.every((part) => part !== '' && part !== '.' && part !== '..')) return name
  throw new ImportError(
    `expected paths of weights inside the model's folder, got ${shown(path)}; nothing is read elsewhere and nothing is fetched`,
  )
}

const readAll = (path: string, files: readonly WeightFile[]): TE.TaskEither<FileError | ImportError, Uint8Array> =>
  pipe(
    TE.tryCatch(
      () => insideOf(path, files),
      (cause) => (cause instanceof ImportError ? cause : new FileError(path, messageOf(cause))),
    ),
    TE.flatMap((found) =>
      TE.traverseSeqArray(({ file, limit }: { readonly file: string; readonly limit: number }) =>
        readFile(file, limit),
      )(found),
    ),
    TE.map((parts) => joined(parts)),
  )

/** The files' real paths, none of which a link leads out of the folder. */
const insideOf = async (
  path: string,
  files: readonly WeightFile[],
): Promise<readonly { readonly file: string; readonly limit: number }[]> => {
  const [{ realpath }, paths] = await Promise.all([import('node:fs/promises'), import('node:path')])
  const folder = await realpath(paths.dirname(path))
  const inside = folder.endsWith(paths.sep) ? folder : folder + paths.sep
  return Promise.all(
    files.map(async ({ name, limit }) => {
      const file = paths.join(folder, name)
      const real = await realpath(file).catch(() => file)
      if (!real.startsWith(inside))
        throw new ImportError(`expected weights inside the folder ${folder}, ${name} is a link that leaves it`)
      return { file: real, limit }
    }),
  )
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.byteLength
  }
  return bytes
}
