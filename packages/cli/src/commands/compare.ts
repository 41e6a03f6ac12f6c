import { join, resolve } from 'node:path'

import type { Json } from '@ptu/core'
import {
  compare,
  InterruptedError,
  toRunError,
  type CompareConfig,
  type ExperimentError,
  type Results,
} from '@ptu/experiments'
import { openRunFolder, writeJson, type FolderOptions } from '@ptu/experiments/node'
import { writeFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Command } from '../answer.ts'
import { resultText } from '../report/result-table.ts'
import { toolsIn } from '../tools.ts'
import { withLock } from '../with-lock.ts'

/** Compares methods and writes `results.json` and `report.html` into the run's folder. */
export const compareCommand =
  ({ spec, workers, out }: CompareConfig, options: FolderOptions): Command =>
  (env) => {
    const folder = resolve(env.cwd, out)
    const modules = spec.modules.map((path) => resolve(env.cwd, path))
    return withLock(
      folder,
      pipe(
        toolsIn(env, folder, { modules, workers: workers ?? env.cores }),
        TE.tap(() => openRunFolder(folder, options)),
        TE.flatMap((tools) => compare({ ...spec, modules }, tools)),
        TE.tap((results) => writeJson(join(folder, 'results.json'), results as unknown as Json)),
        TE.tap((results) => saveReport(join(folder, 'report.html'), results)),
        TE.map((results) => ({
          text: `${resultText(results)}\n\nwritten: ${join(out, 'results.json')}, ${join(out, 'report.html')}`,
          json: results as unknown as Json,
        })),
        TE.mapLeft(resumable),
      ),
    )
  }

/** Writes the page of a comparison. Its charts are loaded only now, so that a run begins sooner. */
const saveReport = (path: string, results: Results): TE.TaskEither<ExperimentError, void> =>
  pipe(
    TE.tryCatch(async () => (await import('../report/report.ts')).reportPage(results), E.toError),
    TE.flatMap((page) => writeFile(path, page)),
    TE.mapLeft(toRunError),
  )

/** An interruption with the way to go on. */
export const resumable = (error: ExperimentError): ExperimentError =>
  error instanceof InterruptedError
    ? new InterruptedError(`${error.message}; to go on, repeat the command with --resume`)
    : error
