import { dirname, join } from 'node:path'

import { bodies, builtInMethods, sourceKinds, type ExperimentError, type Tools } from '@ptu/experiments'
import { fileStore, here, loadMethods, networkFolder, threads } from '@ptu/experiments/node'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Env } from './env.ts'
import { versions } from './versions.ts'

/** The tools of an experiment in a folder: files, threads, and the methods of the modules that the user named. */
export const toolsIn = (
  env: Env,
  folder: string,
  { modules, workers }: { readonly modules: readonly string[]; readonly workers: number },
): TE.TaskEither<ExperimentError, Tools> =>
  pipe(
    loadMethods(modules),
    TE.map((own) => ({
      executor: env.threads ? threads(workers, folder) : here(folder),
      store: fileStore(folder),
      networks: networkFolder(join(dirname(folder), '.cache')),
      progress: env.progress,
      now: env.now,
      versions,
      methods: [...builtInMethods, ...own],
      bodies,
      kinds: sourceKinds,
      signal: env.signal,
      warn: (text) => {
        env.stderr(`${text}\n`)
      },
    })),
  )
