import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { builtInMethods } from '../methods/built-in.ts'
import { runner } from '../run/runner.ts'
import type { Executor, Worker, WorkerSetup } from '../run/worker.ts'
import { bodies } from '../sources/bodies.ts'
import { fileStore } from './file-store.ts'
import { loadMethods } from './load-module.ts'
import { startBackend } from './start-backend.ts'

/** A worker on this thread, which keeps trials and checkpoints in a folder. */
export const runnerHere = (setup: WorkerSetup, folder: string): Worker =>
  runner({
    ...setup,
    startBackend,
    bodies,
    store: fileStore(folder),
    methods: () =>
      pipe(
        loadMethods(setup.modules),
        TE.map((own) => [...builtInMethods, ...own]),
      ),
  })

/** Opens one worker, on this thread. */
export const here =
  (folder: string): Executor =>
  (setup) => [runnerHere(setup, folder)]
