import { join, resolve } from 'node:path'

import type { Json } from '@ptu/core'
import {
  compare,
  InterruptedError,
  toRunError,
  UsageError,
  type CompareConfig,
  type ExperimentError,
  type Objects,
  type Results,
  type Tools,
} from '@ptu/experiments'
import { codeVersion, openObjects, openRunFolder, writeJson, type FolderOptions } from '@ptu/experiments/node'
import { writeFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Command } from '../answer.ts'
import { toolsIn } from '../tools.ts'
import { withLock } from '../with-lock.ts'

/** Compares methods and writes `results.json` and `report.html` into the run's folder. */
export const compareCommand =
  ({ spec, workers, out, queue, store }: CompareConfig, options: FolderOptions): Command =>
  (env) => {
    const folder = resolve(env.cwd, out)
    const modules = spec.modules.map((path) => resolve(env.cwd, path))
    const threads = queue === undefined ? (workers ?? env.cores) : 1
    return withLock(
      folder,
      pipe(
        sharedAt(env.cwd, store),
        TE.flatMap((shared) =>
          pipe(
            toolsIn(env, folder, { modules, shared, workers: threads, measured: (spec.measures ?? []).length > 0 }),
            TE.flatMap((tools) => (queue === undefined ? TE.right(tools) : queued(tools, { queue, shared, modules }))),
          ),
        ),
        TE.tap(() => openRunFolder(folder, options)),
        TE.flatMap((tools) => compare({ ...spec, modules }, tools)),
        TE.tap((results) => writeJson(join(folder, 'results.json'), results as unknown as Json)),
        TE.tap((results) => saveReport(join(folder, 'report.html'), results)),
        TE.flatMapTask((results) => async () => ({
          text: `${await shown(results)}\n\nwritten: ${join(out, 'results.json')}, ${join(out, 'report.html')}`,
          json: results as unknown as Json,
        })),
        TE.mapLeft(resumable),
      ),
    )
  }

/** The objects that `--store` names, if it names any. */
const sharedAt = (cwd: string, store: string | undefined): TE.TaskEither<ExperimentError, Objects | undefined> =>
  store === undefined ? TE.right(undefined) : openObjects(cwd, store)

/** The tools of a comparison whose cells are computed by the workers of a queue, which is loaded only for it. */
const queued = (tools: Tools, { queue, shared, modules }: Queued): TE.TaskEither<ExperimentError, Tools> =>
  pipe(
    TE.fromTask(async () => (await import('../queue-place.ts')).queueOf(queue)),
    TE.flatMapEither((address) => address),
    TE.bindTo('address'),
    TE.bindW('objects', () => TE.fromEither(E.fromNullable(noStore)(shared))),
    TE.bindW('code', () => codeVersion(modules)),
    TE.flatMapTask((place) => async () => {
      const { queueExecutor } = await import('@ptu/experiments/queue')
      return { ...tools, executor: queueExecutor({ ...place, modules, local: tools.executor }) }
    }),
  )

const noStore = new UsageError(
  '--store: expected a folder or a bucket s3://… that the workers of --queue see too, got nothing',
)

interface Queued {
  readonly queue: string | true
  readonly shared: Objects | undefined
  readonly modules: readonly string[]
}

/** Writes the page of a comparison. Its charts are loaded only now, so that a run begins sooner. */
const saveReport = (path: string, results: Results): TE.TaskEither<ExperimentError, void> =>
  pipe(
    TE.tryCatch(async () => (await import('../report/report.ts')).reportPage(results), E.toError),
    TE.flatMap((page) => writeFile(path, page)),
    TE.mapLeft(toRunError),
  )

/** The table of a comparison; like its page, it is loaded only now. */
const shown = async (results: Results): Promise<string> =>
  (await import('../report/result-table.ts')).resultText(results)

/** An interruption with the way to go on. */
export const resumable = (error: ExperimentError): ExperimentError =>
  error instanceof InterruptedError
    ? new InterruptedError(`${error.message}; to go on, repeat the command with --resume`)
    : error
