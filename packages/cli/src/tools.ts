import { dirname, join, resolve } from 'node:path'

import {
  openedSource,
  printable,
  sourceKinds,
  type ExperimentError,
  type Objects,
  type OpenModel,
  type Tools,
} from '@ptu/experiments'
import { moduleSource, nodeTools, openModule, thisMachine, type Place } from '@ptu/experiments/node'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Env } from './env.ts'
import { measuresModule } from './measures/place.ts'

/** The place where a run trains, and its means. */
export interface RunPlace {
  /** Modules with methods of users, by absolute path. */
  readonly modules: readonly string[]
  /** Threads that train at the same time. */
  readonly workers: number
  /** Threads on which each of them does one training; 1 unless given. */
  readonly threads?: number
  /** The folder for source networks and the outputs of frozen blocks; beside the run's folder unless given. */
  readonly cache?: string
  /** The objects with finished cells that others share. */
  readonly shared?: Objects | undefined
  /** True if models are measured beside accuracy; what measures them is loaded only then. */
  readonly measured?: boolean
}

/** The tools of an experiment in a folder, as a command has them. */
export const toolsIn = (
  env: Env,
  folder: string,
  { modules, workers, threads = 1, shared, measured = false, cache = join(dirname(folder), '.cache') }: RunPlace,
): TE.TaskEither<ExperimentError, Tools> => {
  const place: Place = {
    folder,
    cache,
    modules,
    shared,
    workers: env.threads ? workers : 0,
    threads,
    thread: env.thread,
    signal: env.signal,
    progress: env.progress,
    warn: (text) => {
      env.stderr(`${printable(text)}\n`)
    },
  }
  return pipe(
    TE.fromTask(() => measuresIf(measured)),
    TE.flatMap((measures) => nodeTools({ ...place, ...(measures && { measures }) })),
    TE.map((tools) => ({ ...tools, kinds: [...sourceKinds, moduleSource, openedSource(openAt(env.cwd))] })),
  )
}

/** The measures, and the module that threads load them from, where models are measured. */
const measuresIf = async (measured: boolean): Promise<Place['measures']> =>
  measured ? { values: (await import('./measures/table.ts')).measures, module: measuresModule } : undefined

/** Reads a network from a file or, if the path ends like one, from a module of the user. */
const openAt =
  (cwd: string): OpenModel =>
  (path, options) =>
    /\.m?js$/.test(path)
      ? openModule(resolve(cwd, path), options)
      : async () => (await import('./open-model.ts')).openModelAt(cwd, thisMachine())(path, options)()
