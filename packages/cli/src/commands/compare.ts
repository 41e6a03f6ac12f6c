import { join, resolve } from 'node:path'

import type { Json } from '@ptu/core'
import type { CompareConfig } from '@ptu/config'
import { writeFile } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Command } from '../answer.ts'
import { InterruptedError, toRunError, type CliError } from '../errors.ts'
import { reportPage } from '../report/report.ts'
import { resultText } from '../results/table.ts'
import { compare } from '../run/compare.ts'
import { writeJson, type FolderOptions } from '../run/folder.ts'

/** Compares strategies and writes `results.json` and `report.html` into the run's folder. */
export const compareCommand =
  (config: CompareConfig, options: FolderOptions): Command =>
  (env) => {
    const folder = resolve(env.cwd, config.out)
    return pipe(
      compare(config, options)(env),
      TE.tap((results) => writeJson(join(folder, 'results.json'), results as unknown as Json)),
      TE.tap((results) => pipe(writeFile(join(folder, 'report.html'), reportPage(results)), TE.mapLeft(toRunError))),
      TE.map((results) => ({
        text: `${resultText(results)}\n\nwritten: ${join(config.out, 'results.json')}, ${join(config.out, 'report.html')}`,
        json: results as unknown as Json,
      })),
      TE.mapLeft(resumable),
    )
  }

/** An interruption with the way to go on. */
export const resumable = (error: CliError): CliError =>
  error instanceof InterruptedError
    ? new InterruptedError(`${error.message}; to go on, repeat the command with --resume`)
    : error
