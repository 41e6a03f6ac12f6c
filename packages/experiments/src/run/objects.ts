import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { RunError } from '../errors.ts'

/** The most bytes of an object. */
export const objectLimit: number = 2 ** 31

/** A place of files that are written once, whole, and then never changed: a folder, a bucket. */
export interface Objects {
  /** The bytes of a name; undefined if there is none. A Left if the place cannot be read. */
  find(name: string): TaskEither<RunError, Uint8Array | undefined>
  /** Keeps bytes under a name, whole or not at all. False if the name was there: what it holds stays as it is. */
  add(name: string, bytes: Uint8Array): TaskEither<RunError, boolean>
  /** The names that start with this folder. */
  list(folder: string): TaskEither<RunError, readonly string[]>
}

/** Objects in memory. */
export const memoryObjects = (): Objects => {
  const kept = new Map<string, Uint8Array>()
  return {
    find: (name) => () => Promise.resolve(E.right(kept.get(name))),
    add: (name, bytes) => () => {
      const isNew = !kept.has(name)
      if (isNew) kept.set(name, bytes)
      return Promise.resolve(E.right(isNew))
    },
    list: (folder) => () => Promise.resolve(E.right([...kept.keys()].filter((name) => name.startsWith(`${folder}/`)))),
  }
}
