import { dirname, join } from 'node:path'

import type { ExperimentError, Tools } from '@ptu/experiments'
import { nodeTools } from '@ptu/experiments/node'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { Env } from './env.ts'

/** The tools of an experiment in a folder, as a command has them. */
export const toolsIn = (
  env: Env,
  folder: string,
  { modules, workers }: { readonly modules: readonly string[]; readonly workers: number },
): TaskEither<ExperimentError, Tools> =>
  nodeTools({
    folder,
    cache: join(dirname(folder), '.cache'),
    modules,
    workers: env.threads ? workers : 0,
    signal: env.signal,
    progress: env.progress,
    warn: (text) => {
      env.stderr(`${text}\n`)
    },
  })
