import { canonical, sha256, type Json } from '@ptu/core'
import type { Decoder } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { UsageError, type ExperimentError, type RunError } from '../errors.ts'

/** A place that keeps documents by name, so that a run can go on after it was stopped. */
export interface Store {
  /** The document of a name; undefined if there is none that can be read. */
  find(name: string): Promise<Json | undefined>
  /** Keeps a document, whole or not at all. */
  keep(name: string, value: Json): TE.TaskEither<RunError, void>
  /** A path where a training keeps its checkpoint; undefined if there are no files. */
  checkpoint(name: string): string | undefined
}

/** A store in memory, without checkpoints. */
export const memoryStore = (): Store => {
  const kept = new Map<string, Json>()
  return {
    find: (name) => Promise.resolve(kept.get(name)),
    keep: (name, value) =>
      TE.fromIO(() => {
        kept.set(name, value)
      }),
    checkpoint: () => undefined,
  }
}

/** Everything that numbers depend on, as a document: runs may continue each other if theirs are equal. */
export type RunRecord = Readonly<Record<string, Json>>

/** The first 16 hexadecimal digits of the SHA-256 of a value. */
export const digestOf = async (value: Json): Promise<string> => (await sha256(canonical(value))).slice(0, 16)

/** Keeps a record if there is none yet; if there is another one, the Left says what differs. */
export const agree =
  (store: Store, name: string, ours: RunRecord): TE.TaskEither<ExperimentError, void> =>
  async () => {
    const found = await store.find(name)
    if (found === undefined) return store.keep(name, ours)()
    const there = typeof found === 'object' && found !== null ? (found as RunRecord) : {}
    const differences = [...new Set([...Object.keys(ours), ...Object.keys(there)])].filter(
      (field) => canonical(there[field] ?? null) !== canonical(ours[field] ?? null),
    )
    if (differences.length === 0) return E.right(undefined)
    const told = differences.map((field) => `\n  ${field}: ${shown(there[field])} there, ${shown(ours[field])} now`)
    return E.left(
      new UsageError(`cannot continue this run: it had other settings; use these or another --out${told.join('')}`),
    )
  }

const shown = (value: Json | undefined): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** A shelf of a store for values that depend on a record: values kept under another record, or changed, are not found. */
export interface Shelf<A> {
  find(name: string): Promise<A | undefined>
  keep(name: string, value: A): TE.TaskEither<RunError, void>
}

/** A shelf for values of one kind; whatever does not decode counts as absent. */
export const shelfIn = <A>(store: Store, folder: string, record: RunRecord, decoder: Decoder<A>): Shelf<A> => {
  const place = (name: string): string => `${folder}/${name}`
  const digest = (name: string, value: Json): Promise<string> => digestOf({ record, name, value })
  return {
    find: async (name) => {
      const found = await store.find(place(name))
      if (typeof found !== 'object' || found === null || Array.isArray(found)) return undefined
      const { digest: kept, value = null } = found as Readonly<Record<string, Json>>
      const decoded = decoder(value, [])
      return kept === (await digest(name, value)) && E.isRight(decoded) ? decoded.right : undefined
    },
    keep: (name, value) => async () => {
      const written = JSON.parse(JSON.stringify(value)) as Json
      return store.keep(place(name), { digest: await digest(name, written), value: written })()
    },
  }
}
