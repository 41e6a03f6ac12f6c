import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Worker as Thread } from 'node:worker_threads'

import { messageOf, sha256 } from '@ptu/core'
import { version_core } from '@tensorflow/tfjs-core'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { UsageError, type ExperimentError } from '../errors.ts'
import type { Measure } from '../measures/measure.ts'
import { builtInMethods } from '../methods/built-in.ts'
import type { ShowProgress } from '../progress.ts'
import type { Versions } from '../results/results.ts'
import type { CodeVersion } from '../run/cell.ts'
import { cellsIn } from '../run/cells.ts'
import type { Tools } from '../run/experiment.ts'
import type { Objects } from '../run/objects.ts'
import { bodies } from '../sources/bodies.ts'
import { sourceKinds } from '../sources/kinds.ts'
import { fileStore, networkFolder } from './file-store.ts'
import { loadMethods } from './load-module.ts'
import { here } from './runner-here.ts'
import { threads } from './thread-worker.ts'

/** The place where an experiment runs in Node. */
export interface Place {
  /** The folder of the run: settings, jobs, trials, checkpoints. */
  readonly folder: string
  /** The folder where source networks are kept from run to run. */
  readonly cache: string
  /** Modules with methods of users, by absolute path. */
  readonly modules?: readonly string[]
  /** Objects with finished cells that other runs, and other machines, share; none unless given. */
  readonly shared?: Objects | undefined
  /** The measures that comparisons may name, and the path of the module that exports them, which threads load. */
  readonly measures?: { readonly values: readonly Measure[]; readonly module: string }
  /** Threads that train at the same time; 0, the default, trains on this thread. */
  readonly workers?: number
  /** Threads on which each of them does one training; 1 unless given. Other numbers give other bits. */
  readonly threads?: number
  /** A thread that `openThread` of `@ptu/experiments/early` opened, for the first of them. */
  readonly thread?: Thread | undefined
  readonly signal?: AbortSignal
  readonly progress?: ShowProgress
  /** Called with warnings that stop nothing. */
  readonly warn?: (text: string) => void
}

/** The versions that numbers may depend on. */
export const versions: Versions = {
  ptu: (createRequire(import.meta.url)('../../package.json') as { readonly version: string }).version,
  tfjs: version_core,
  node: process.versions.node,
}

/** The code that numbers depend on here: the versions, and the modules of users by digest. */
export const codeVersion = (modules: readonly string[]): TE.TaskEither<ExperimentError, CodeVersion> =>
  pipe(
    modules,
    TE.traverseArray((path) =>
      TE.tryCatch(
        async () => sha256(await readFile(path)),
        (cause) => new UsageError(`cannot read the module ${path}: ${messageOf(cause)}`),
      ),
    ),
    TE.map((digests) => ({ ptu: versions.ptu, tfjs: versions.tfjs, modules: digests })),
  )

const silent: ShowProgress = () => ({ set: () => undefined, stop: () => undefined })

/** The tools of an experiment in Node: files in a folder, threads, and the methods of the modules that are named. */
export const nodeTools = ({
  folder,
  cache,
  modules = [],
  shared,
  measures,
  workers = 0,
  threads: each = 1,
  thread,
  signal = new AbortController().signal,
  progress = silent,
  warn = () => undefined,
}: Place): TE.TaskEither<ExperimentError, Tools> => {
  const folders = { folder, features: join(cache, 'features') }
  return pipe(
    loadMethods(modules),
    TE.bindTo('own'),
    TE.bind('code', () => codeVersion(modules)),
    TE.map(({ own, code }) => ({
      executor:
        workers > 0 || each > 1
          ? threads({ workers: Math.max(1, workers), each }, { ...folders, measuresModule: measures?.module }, thread)
          : here(folders),
      store: fileStore(folder),
      ...(shared !== undefined && { cells: cellsIn(shared, code) }),
      networks: networkFolder(cache),
      progress,
      now: () => performance.now(),
      versions,
      methods: [...builtInMethods, ...own],
      ...(measures && { measures: measures.values }),
      bodies,
      kinds: sourceKinds,
      signal,
      warn,
    })),
  )
}
