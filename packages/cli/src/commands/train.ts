import { readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import type { Json } from '@ptu/core'
import {
  toRunError,
  train,
  UsageError,
  type ExperimentError,
  type TrainConfig,
  type TrainedModel,
  type TrainSpec,
} from '@ptu/experiments'
import { openRunFolder, writeJson, type FolderOptions } from '@ptu/experiments/node'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Command } from '../answer.ts'
import { dataPath } from '../data-path.ts'
import type { Env } from '../env.ts'
import { saveTrainReport } from '../report/save-train-report.ts'
import { saveTrained } from '../save-trained.ts'
import { shownFrom } from '../shown-path.ts'
import { toolsIn } from '../tools.ts'
import { withLock } from '../with-lock.ts'
import { targetText } from '../target-text.ts'
import { trainText } from '../train-text.ts'
import { trainedOn } from '../trained-on.ts'
import { resumable } from './compare.ts'

/** Trains on a user's own data and writes the folder of the model. */
export const trainCommand =
  (config: TrainConfig, options: FolderOptions): Command =>
  (env) => {
    const { spec, out } = config
    const folder = resolve(env.cwd, out)
    const run = resolve(folder, '.ptu')
    const modules = spec.modules.map((path) => resolve(env.cwd, path))
    const data = dataPath(env.cwd, spec.data)
    const test = spec.test === undefined ? undefined : dataPath(env.cwd, spec.test)
    const own = { ...spec, modules, data, test, source: sourceFrom(env.cwd, spec.source) }
    return withLock(
      folder,
      pipe(
        toolsIn(env, run, { modules, ...threadsOf(config, env), cache: resolve(run, 'cache') }),
        TE.tap(() => freeOrResumed(folder, options)),
        TE.tap(() => openRunFolder(run, { ...options, resume: true })),
        TE.flatMap((tools) => train(own, tools)),
        TE.tapError(() => withoutBeginning(run)),
        TE.tap((trained) =>
          pipe(
            saveWithEarlier(folder, trained, env.cwd, spec.source),
            TE.map((pageless) => {
              if (pageless !== undefined) env.stderr(`warning: ${out} has no page and no model of tfjs: ${pageless}\n`)
            }),
          ),
        ),
        TE.tap(({ results }) => writeJson(resolve(folder, 'train.json'), results as unknown as Json)),
        TE.tap((trained) => saveTrainReport(resolve(folder, 'report.html'), trained, config)),
        TE.map(({ results }) => ({
          text: `${resultsText(results, out, shownFrom(env.cwd))}\nreport: ${join(out, 'report.html')}`,
          json: results as unknown as Json,
        })),
        TE.mapLeft(resumable),
      ),
    )
  }

/** As many trainings at the same time as the cores have room for, unless told otherwise. */
const threadsOf = (
  { workers, spec: { threads = 1 } }: TrainConfig,
  { cores }: Env,
): { readonly workers: number; readonly threads: number } => ({
  workers: workers ?? Math.max(1, Math.floor(cores / threads)),
  threads,
})
const resultsText = (results: TrainedModel['results'], out: string, shown: (path: string) => string): string =>
  results.schema === 'ptu-train/1' ? trainText(results, out, shown) : targetText(results, out, shown)

/** Writes the folder of a model that also remembers the examples of the training that it goes on from. */
const saveWithEarlier = (
  folder: string,
  trained: TrainedModel,
  cwd: string,
  source: TrainSpec['source'],
): TE.TaskEither<ExperimentError, string | undefined> =>
  pipe(
    'earlier' in trained.results && trained.results.earlier !== null && typeof source?.['path'] === 'string'
      ? trainedOn(resolve(cwd, source['path']))
      : TE.right(new Set<string>()),
    TE.flatMap((earlier) => saveTrained(folder, trained, earlier)),
  )

/** A source with the path of its own data from a folder. */
const sourceFrom = (cwd: string, source: TrainSpec['source']): TrainSpec['source'] =>
  source?.kind === 'trained' && typeof source['data'] === 'string'
    ? { ...source, data: dataPath(cwd, source['data']) }
    : source

/** Removes the folder of a training that got no further than its settings, if to them; one that holds more stays. */
const withoutBeginning = (folder: string): TE.TaskEither<never, void> =>
  TE.fromTask(async () => {
    const names = await readdir(folder).catch(() => [])
    if (names.every((name) => name === 'settings.json'))
      await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  })

/** A Left where the folder holds anything but a training that goes on. */
const freeOrResumed = (folder: string, { resume }: FolderOptions): TE.TaskEither<ExperimentError, void> =>
  resume
    ? TE.right(undefined)
    : pipe(
        withoutBeginning(resolve(folder, '.ptu')),
        TE.flatMap(() => openRunFolder(folder, { resume: false, replace: false })),
        TE.mapLeft((error) =>
          error instanceof UsageError
            ? new UsageError(
                `${error.message.split(';')[0] ?? ''}; go on with the training in it with --resume, or name another --out`,
              )
            : toRunError(error),
        ),
      )
