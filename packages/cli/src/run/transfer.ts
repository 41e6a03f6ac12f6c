import { dirname, join, resolve } from 'node:path'

import type { TransferConfig } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { ReaderTaskEither } from 'fp-ts/lib/ReaderTaskEither.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Env } from '../env.ts'
import { UsageError, type CliError } from '../errors.ts'
import { showing } from '../progress.ts'
import { modelOn } from './bench.ts'
import { bodyFor } from './body.ts'
import { stepsFor } from './candidate.ts'
import { openFolder, type FolderOptions, type RunRecord } from './folder.ts'
import { openLab, type Lab, type LabPlan, type Prepared } from './lab.ts'
import {
  choiceOf,
  finish,
  trainModel,
  type SettledTransfer,
  type TransferRun,
  type Transferred,
} from './transfer-training.ts'

const planOf = ({ config, steps, folder }: TransferRun): LabPlan => ({
  ...config,
  steps,
  rates: [config.rate],
  validates: false,
  cache: join(dirname(folder), '.cache'),
})

/** What the model depends on. */
const recordOf = (config: SettledTransfer, steps: number): RunRecord => {
  const { source, target, shots, body, batch, epochs, seed, backend, strategy, rate } = config
  return { source, target, shots, body, steps, batch, epochs, seed, backend, strategy, rate }
}

/**
 * Transfers by one strategy, on all labels, and saves the folded model; or goes on with a transfer that was stopped.
 *
 * The model is the one that a comparison makes with the same settings.
 */
export const transferOne =
  (given: TransferConfig, options: FolderOptions): ReaderTaskEither<Env, CliError, Transferred> =>
  (env) => {
    const body = bodyFor(given)
    const config = { ...given, body }
    const steps = config.steps ?? stepsFor(config.shots, body)
    const folder = resolve(env.cwd, config.out)
    const run: TransferRun = { env, config, steps, folder, resume: options.resume }
    const warn = (text: string): void => {
      env.stderr(`${text}\n`)
    }
    return pipe(
      openFolder(folder, recordOf(config, steps), options),
      TE.flatMap(() =>
        TE.bracket(
          TE.fromIO(() => openLab(planOf(run), env.signal, warn)),
          (lab) => transferIn(run, lab),
          (lab) => TE.fromIO(lab.close),
        ),
      ),
    )
  }

const transferIn = (run: TransferRun, lab: Lab): TE.TaskEither<CliError, Transferred> =>
  pipe(
    showing(run.env.progress, 'source network', lab.prepare),
    TE.tapEither((prepared) => checkDepth(run, prepared)),
    TE.bindTo('prepared'),
    TE.bind('bench', ({ prepared }) => lab.bench(prepared, run.config.seed)),
    TE.bind('model', ({ bench }) => {
      const { strategy, depth } = choiceOf(run.config.strategy)
      return TE.right(modelOn(bench, strategy, depth))
    }),
    TE.bind('trained', ({ prepared, bench, model }) =>
      showing(run.env.progress, run.config.strategy, (onStep) => trainModel(run, { prepared, bench, model }, onStep)),
    ),
    TE.flatMap(({ prepared, bench, model, trained }) => finish(run, { prepared, bench, model }, trained)),
  )

const checkDepth = ({ config }: TransferRun, { blocks }: Prepared): E.Either<UsageError, void> => {
  const { depth } = choiceOf(config.strategy)
  return depth === null || depth <= blocks.length
    ? E.right(undefined)
    : E.left(
        new UsageError(
          `--strategy: expected a depth from 1 to ${blocks.length}, the blocks of ${config.body} (${blocks.join(', ')}); got ${depth}`,
        ),
      )
}
