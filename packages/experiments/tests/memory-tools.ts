import { mlp } from '@ptu/networks'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { builtInMethods } from '../src/methods/built-in.ts'
import type { Method } from '../src/methods/method.ts'
import type { Tools } from '../src/run/experiment.ts'
import { runner } from '../src/run/runner.ts'
import { memoryStore, type Store } from '../src/run/store.ts'
import { sourceKinds } from '../src/sources/kinds.ts'
import { memoryNetworks, type NetworkStore } from '../src/sources/network-store.ts'

interface MemoryTools {
  readonly store?: Store
  readonly networks?: NetworkStore
  readonly methods?: readonly Method[]
}

/** Tools in memory: one worker, on this thread, and a small body for tables. */
export const memoryTools = ({
  store = memoryStore(),
  networks = memoryNetworks(),
  methods = builtInMethods,
}: MemoryTools = {}): Tools => {
  const signal = new AbortController().signal
  const shared = { bodies: [{ name: 'small', kind: 'classify', body: () => mlp([6, 5]) }], store, signal }
  return {
    ...{ ...shared, networks, kinds: sourceKinds, methods },
    progress: () => ({ set: () => undefined, stop: () => undefined }),
    now: () => 0,
    versions: { ptu: '0', tfjs: '4', node: '20' },
    warn: () => undefined,
    executor: (setup) => [
      runner({
        ...setup,
        ...shared,
        features: undefined,
        startBackend: (name) => TE.right({ name, warnings: [] }),
        methods: () => TE.right(methods),
        measures: () => TE.right(setup.measures ?? []),
      }),
    ],
  }
}
