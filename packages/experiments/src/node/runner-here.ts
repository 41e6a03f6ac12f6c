import type { Replica } from '@ptu/trainer'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { builtInMethods } from '../methods/built-in.ts'
import { runner } from '../run/runner.ts'
import type { Store } from '../run/store.ts'
import type { Executor, Worker, WorkerSetup } from '../run/worker.ts'
import { bodies } from '../sources/bodies.ts'
import { fileStore } from './file-store.ts'
import { loadMeasures, loadMethods } from './load-module.ts'
import { startBackend } from './start-backend.ts'

/** The folders of a worker. */
export interface Folders {
  /** The folder of trials and checkpoints. */
  readonly folder: string
  /** The folder where the outputs of frozen blocks are kept from run to run. */
  readonly features: string
}

/** The place of a worker: plain data. */
export interface RunnerPlace extends Folders {
  /** The path of the module with the measures that comparisons may name; none unless given. */
  readonly measuresModule?: string | undefined
}

/**
 * A worker on this thread, which keeps trials and checkpoints in a folder. Where others train with it, only the first copy
 * writes.
 */
export const runnerHere = (
  setup: WorkerSetup,
  { folder, features, measuresModule }: RunnerPlace,
  replica?: Replica,
): Worker =>
  runner({
    ...setup,
    replica,
    features,
    startBackend,
    bodies,
    store: replica !== undefined && replica.rank > 0 ? onlyRead(fileStore(folder)) : fileStore(folder),
    methods: () => {
      if (setup.methods !== undefined) return TE.right(setup.methods)
      return pipe(
        loadMethods(setup.modules),
        TE.map((own) => [...builtInMethods, ...own]),
      )
    },
    measures: () => (setup.measures === undefined ? loadMeasures(measuresModule) : TE.right(setup.measures)),
  })

const onlyRead = (store: Store): Store => ({ ...store, keep: () => TE.right(undefined) })

/** Opens one worker, on this thread. */
export const here =
  (folders: Folders): Executor =>
  (setup) => [runnerHere(setup, folders)]
