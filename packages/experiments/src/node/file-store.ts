import { join } from 'node:path'

import { readJson } from '@ptu/config'
import type { Json } from '@ptu/core'

import { readFile, writeFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { toRunError, type RunError } from '../errors.ts'
import type { Store } from '../run/store.ts'
import type { NetworkStore } from '../sources/network-store.ts'

/** The most bytes of a document; a longer one was not written here. */
const limit = 100_000_000

/** Writes a JSON document whole or not at all. */
export const writeJson = (path: string, value: Json): TE.TaskEither<RunError, void> =>
  pipe(writeFile(path, `${JSON.stringify(value, null, 2)}\n`), TE.mapLeft(toRunError))

/** Reads a JSON document that was written here, or that claims to be. */
export const readDocument = (path: string): TE.TaskEither<RunError, Json> =>
  pipe(
    readJson(path, limit),
    TE.bimap(toRunError, (value) => value as Json),
  )

/** A store in a folder: a JSON file for each document, checkpoints in `checkpoints/`. */
export const fileStore = (folder: string): Store => ({
  find: async (name) => {
    const read = await readDocument(join(folder, `${name}.json`))()
    return E.isRight(read) ? read.right : undefined
  },
  keep: (name, value) => writeJson(join(folder, `${name}.json`), value),
  checkpoint: (name) => join(folder, 'checkpoints', `${name}.safetensors`),
})

/** Keeps source networks in a folder, a safetensors file each. */
export const networkFolder = (folder: string): NetworkStore => {
  const pathOf = (name: string): string => join(folder, `${name}.safetensors`)
  return {
    find: async (name) => {
      const read = await readFile(pathOf(name), 2 ** 31)()
      return E.isRight(read) ? read.right : undefined
    },
    keep: (name, { bytes }) => pipe(writeFile(pathOf(name), Uint8Array.from(bytes)), TE.mapLeft(toRunError)),
  }
}
