import { dirname, join, resolve } from 'node:path'

import type { CompareConfig } from '@ptu/config'
import { pipe } from 'fp-ts/lib/function.js'
import type { ReaderTaskEither } from 'fp-ts/lib/ReaderTaskEither.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Env } from '../env.ts'
import type { CliError } from '../errors.ts'
import { assemble } from '../results/assemble.ts'
import type { Results, RunSettings } from '../results/results.ts'
import { showing } from '../progress.ts'
import { isHeuristic, stepsFor } from './candidate.ts'
import { bodyFor } from './body.ts'
import { agree, openFolder, type FolderOptions, type RunRecord } from './folder.ts'
import { openHand, type Hand } from './hand.ts'
import type { LabPlan } from './lab.ts'
import { dataOf, trainAll } from './train-all.ts'

const recordOf = (settings: RunSettings): RunRecord => ({ ...settings })

/** What is recorded of a configuration: all that its numbers depend on. */
const settingsOf = (config: CompareConfig): RunSettings => {
  const { source, target, shots, seeds, strategies, batch, epochs, seed, rates, backend } = config
  const body = bodyFor(config)
  const steps = config.steps ?? stepsFor(shots, body)
  return { source, target, shots, seeds, strategies, body, steps, batch, epochs, seed, rates, backend }
}

const planOf = (config: CompareConfig, settings: RunSettings, folder: string): LabPlan => ({
  ...settings,
  validates: config.strategies.some(isHeuristic),
  cache: join(dirname(folder), '.cache'),
})

/**
 * Runs a comparison, or goes on with one, and returns what it found.
 *
 * Heuristics search on 80 % of the labels and refit their choice on all; others train once on all. Each finished job is
 * kept in the run's folder, so that a run that was stopped goes on from there.
 */
export const compare =
  (config: CompareConfig, options: FolderOptions): ReaderTaskEither<Env, CliError, Results> =>
  (env) => {
    const began = env.now()
    const folder = resolve(env.cwd, config.out)
    const settings = settingsOf(config)
    const plan = planOf(config, settings, folder)
    return pipe(
      openFolder(folder, recordOf(settings), options),
      TE.flatMap(() =>
        withHands(env, plan, config.workers ?? env.cores, (hands) =>
          pipe(
            showing(env.progress, 'source network', (tell) => (hands[0] as Hand).prepare(tell)),
            TE.tap((prepared) => agree(join(folder, 'data.json'), dataOf(prepared))),
            TE.flatMap((prepared) => trainAll({ env, hands, prepared, folder, settings })),
          ),
        ),
      ),
      TE.map((found) => assemble({ ...found, seconds: (env.now() - began) / 1000 })),
    )
  }

const withHands = <A>(
  env: Env,
  plan: LabPlan,
  count: number,
  use: (hands: readonly Hand[]) => TE.TaskEither<CliError, A>,
): TE.TaskEither<CliError, A> =>
  TE.bracket(
    TE.fromIO(() => Array.from({ length: env.threads ? count : 1 }, () => openHand(env, plan))),
    use,
    (hands) =>
      TE.fromIO(() => {
        for (const hand of hands) hand.close()
      }),
  )
