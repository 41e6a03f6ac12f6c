import { basename } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { RunError } from '../errors.ts'
import { cellName, decodeCell, type FinishedCell } from '../run/cells.ts'
import type { Objects } from '../run/objects.ts'

/** The finished cells of a store, and the names of objects that are none. */
export interface StoredCells {
  readonly cells: readonly FinishedCell[]
  readonly damaged: readonly string[]
}

/** Reads every finished cell of a store. A Left if the store cannot be read. */
export const storedCells = (objects: Objects): TaskEither<RunError, StoredCells> =>
  pipe(
    objects.list('cells'),
    TE.map((names) => names.flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(basename(name))?.[1] ?? []).toSorted()),
    TE.flatMap((keys) =>
      pipe(
        keys,
        TE.traverseArray((key) => cellAt(objects, key)),
        TE.map((read) => ({
          cells: read.flatMap((cell) => cell ?? []),
          damaged: keys.filter((_, i) => read[i] === undefined).map(cellName),
        })),
      ),
    ),
  )

const cellAt =
  (objects: Objects, key: string): TaskEither<RunError, FinishedCell | undefined> =>
  async () => {
    const bytes = await objects.find(cellName(key))()
    if (E.isLeft(bytes)) return bytes
    return E.right(bytes.right === undefined ? undefined : await decodeCell(key, bytes.right))
  }
