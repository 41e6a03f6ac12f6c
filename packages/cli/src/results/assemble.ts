import { key } from '@ptu/core'
import { summarise, type CellResults } from '@ptu/trainer'

import { isHeuristic } from '../run/candidate.ts'
import type { Job } from '../run/job.ts'
import type { JobResult } from '../run/strategy-job.ts'
import type { Cell, Difference, Results, Row, Trial } from './results.ts'
import { verdictOf } from './verdict.ts'

/** What the numbers of a comparison are put together from. */
export interface Parts extends Omit<Results, 'schema' | 'cells' | 'rows' | 'reference' | 'verdict'> {
  readonly done: readonly { readonly job: Job; readonly result: JobResult }[]
}

/** Everything a comparison found, from its parts. */
export const assemble = ({ done, ...parts }: Parts): Results => {
  const { strategies, seeds } = parts.settings
  const heuristics = strategies.filter(isHeuristic)
  const own = strategies.flatMap((strategy) => seeds.flatMap((seed) => cellOf(strategy, seed, done)))
  const any = heuristics.length > 1 ? seeds.flatMap((seed) => anyCell(own.filter((cell) => cell.seed === seed))) : []
  const cells = [...own, ...any]
  const reference = any.length > 0 ? 'any' : (heuristics[0] ?? null)
  const order = [...heuristics, ...(any.length > 0 ? ['any'] : []), ...strategies.filter((s) => !isHeuristic(s))]
  const rows = rowsOf(order, cells, reference)
  return {
    schema: 'ptu-results/1',
    ...parts,
    cells,
    rows,
    reference,
    verdict: verdictOf(rows, reference, seeds.length),
  }
}

const cellOf = (strategy: string, seed: number, done: Parts['done']): readonly Cell[] =>
  done
    .filter(({ job }) => job.strategy === strategy && job.seed === seed)
    .map(({ result }) => ({ ...result, strategy, seed, chosen: strategy }))

/** The trial that won: the highest validation accuracy, then the lowest loss, then the first. */
const winner = (trials: readonly Trial[]): Trial | undefined =>
  trials.reduce<Trial | undefined>(
    (best, trial) => (best === undefined || isBetter(trial, best) ? trial : best),
    undefined,
  )

const isBetter = (a: Trial, b: Trial): boolean =>
  a.accuracy > b.accuracy || (a.accuracy === b.accuracy && (a.loss ?? Infinity) < (b.loss ?? Infinity))

/** The heuristic that validation prefers, of the cells of one seed: no more training, but the seconds of all searches. */
const anyCell = (cells: readonly Cell[]): readonly Cell[] => {
  const heuristics = cells.filter(({ strategy }) => isHeuristic(strategy))
  const won = winner(heuristics.flatMap(({ trials }) => trials))
  const chosen = heuristics.find(({ trials }) => won !== undefined && trials.includes(won))
  if (chosen === undefined) return []
  const searches = heuristics.flatMap(({ trials }) => trials)
  const refit = chosen.seconds - secondsOf(chosen.trials)
  return [{ ...chosen, strategy: 'any', trials: [], seconds: refit + secondsOf(searches) }]
}

const secondsOf = (trials: readonly Trial[]): number => trials.reduce((sum, { seconds }) => sum + seconds, 0)

const rowsOf = (order: readonly string[], cells: readonly Cell[], reference: string | null): readonly Row[] => {
  const groups = order.map((strategy) => cells.filter((cell) => cell.strategy === strategy))
  const results = groups.map((own, i): CellResults => ({
    name: order[i] ?? '',
    accuracies: own.map(({ accuracy }) => accuracy),
    seconds: own.map(({ seconds }) => seconds),
  }))
  return summarise(key(0), results, reference ?? order[0] ?? '').map((row, i): Row => ({
    strategy: row.name,
    mean: row.mean,
    interval: row.interval,
    difference: reference === null ? null : differenceOf(row.difference),
    parameters: groups[i]?.[0]?.parameters ?? 0,
    bytes: groups[i]?.[0]?.bytes ?? 0,
    seconds: row.totalSeconds,
  }))
}

const differenceOf = (found: Difference | undefined): Difference | null =>
  found === undefined ? null : { mean: found.mean, interval: found.interval, wins: found.wins, p: found.p }
