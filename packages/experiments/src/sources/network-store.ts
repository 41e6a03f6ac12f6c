import * as TE from 'fp-ts/lib/TaskEither.js'

import type { RunError } from '../errors.ts'
import type { PortableNetwork } from './portable-network.ts'

/** A place that keeps trained source networks from run to run, under the record of their making. */
export interface NetworkStore {
  /** The bytes that were kept under a name; undefined if there are none. */
  find(name: string): Promise<Uint8Array | undefined>
  /** Keeps a network, whole or not at all. */
  keep(name: string, network: PortableNetwork): TE.TaskEither<RunError, void>
}

/** A store that keeps networks in memory. */
export const memoryNetworks = (): NetworkStore => {
  const kept = new Map<string, Uint8Array>()
  return {
    find: (name) => Promise.resolve(kept.get(name)),
    keep: (name, { bytes }) =>
      TE.fromIO(() => {
        kept.set(name, bytes)
      }),
  }
}
