import type { StrategyName } from '@ptu/config'

import type { RunSettings } from '../results/results.ts'
import { isHeuristic, settingsOf } from './candidate.ts'

/** A piece of a comparison that a thread does by itself: one strategy for one draw of labels. */
export interface Job {
  readonly seed: number
  readonly strategy: StrategyName
}

/** A name for a job that is also the name of its file. */
export const jobName = ({ seed, strategy }: Job): string => `seed${seed}-${strategy}`

/** The training runs of a job: one or, where it chooses, everything it tries and the choice on all labels. */
export const runsOf = ({ strategy }: Job, { rates }: RunSettings, blocks: number): number =>
  isHeuristic(strategy) ? settingsOf(strategy, blocks, rates).length + 1 : 1

/** The jobs of a comparison, those with the most training runs first, so that no thread is left with a long one. */
export const jobsOf = (settings: RunSettings, blocks: number): readonly Job[] =>
  settings.strategies
    .flatMap((strategy) => settings.seeds.map((seed): Job => ({ seed, strategy })))
    .sort((a, b) => runsOf(b, settings, blocks) - runsOf(a, settings, blocks))
