import { key } from '@ptu/core'
import { bestByValidation } from '@ptu/trainer'

import type { MeasuredColumn } from '../measures/measure.ts'
import { searches } from '../methods/method.ts'
import { meanInterval } from '../statistics/mean-interval.ts'
import { mean } from '../statistics/mean.ts'
import { summarise, type MethodResults, type ReferenceDifference } from '../statistics/summary.ts'
import { taskKindNamed } from '../tasks/task-kind.ts'
import type {
  Difference,
  JobResult,
  MeasureSummary,
  MethodSummary,
  Results,
  Row,
  RunResult,
  TrialSummary,
} from './results.ts'
import { verdictOf } from './verdict.ts'

/** A job and its result. */
export interface Done {
  readonly job: { readonly seed: number; readonly method: string }
  readonly result: JobResult
}

/** The parts from which the results of a comparison are assembled. */
export interface Parts extends Omit<Results, 'schema' | 'runs' | 'rows' | 'reference' | 'verdict'> {
  readonly done: readonly Done[]
}

/** The best tuned baseline by validation, as a method of its own. */
const any: MethodSummary = { name: 'any', role: 'baseline' }

/** Assembles the results of a comparison. */
export const assemble = ({ done, ...parts }: Parts): Results => {
  const { methods, seeds } = parts.settings
  const baselines = methods.filter(searches)
  const names = new Set(baselines.map(({ name }) => name))
  const own = methods.flatMap(({ name }) => seeds.flatMap((seed) => runOf(name, seed, done)))
  const best = baselines.length > 1 ? seeds.flatMap((seed) => bestOfSeed(own, seed, names)) : []
  const runs = [...own, ...best]
  const tuned = best.length > 0 ? [any] : []
  const references = [...tuned, ...baselines, ...methods.filter(({ role }) => role === 'recipe')]
  const order = [...baselines, ...tuned, ...methods.filter((method) => !searches(method))]
  const rows = rowsOf(order, runs, references, parts)
  const found = { ...parts, runs, rows, reference: references[0]?.name ?? null }
  return { schema: 'ptu-results/3', ...found, verdict: verdictOf(found) }
}

const runOf = (method: string, seed: number, done: readonly Done[]): readonly RunResult[] =>
  done
    .filter(({ job }) => job.method === method && job.seed === seed)
    .map(({ result }) => ({ ...result, method, seed, chosen: method }))

/**
 * The run of the tuned baseline that validation prefers for one draw: no training of its own.
 *
 * Its cost is that of all searches and of the winner's refit.
 */
const bestOfSeed = (runs: readonly RunResult[], seed: number, baselines: ReadonlySet<string>): readonly RunResult[] => {
  const searched = runs.filter((run) => run.seed === seed && baselines.has(run.method))
  const tried = searched.flatMap((run) => run.trials.map((trial) => ({ ...trial, loss: trial.loss ?? Infinity, run })))
  const chosen = bestByValidation(tried)?.run
  if (chosen === undefined) return []
  const refit = chosen.seconds - secondsOf(chosen.trials)
  return [{ ...chosen, method: any.name, trials: [], seconds: refit + secondsOf(tried) }]
}

const secondsOf = (trials: readonly Pick<TrialSummary, 'seconds'>[]): number =>
  trials.reduce((sum, { seconds }) => sum + seconds, 0)

const rowsOf = (
  order: readonly MethodSummary[],
  runs: readonly RunResult[],
  references: readonly MethodSummary[],
  { target, measures }: Pick<Results, 'target' | 'measures'>,
): readonly Row[] => {
  const groups = order.map(({ name }) => runs.filter((run) => run.method === name))
  const results = groups.map((own, i): MethodResults => ({
    name: order[i]?.name ?? '',
    accuracies: own.map(({ accuracy }) => accuracy),
    seconds: own.map(({ seconds }) => seconds),
  }))
  const names = references.map(({ name }) => name)
  const kind = taskKindNamed(target.kind)
  return summarise(key(0), results, names, { resolution: kind.step(target.testLabels) }).map((row, i): Row => ({
    method: row.name,
    role: order[i]?.role ?? 'candidate',
    mean: row.mean,
    interval: row.interval && { low: Math.max(kind.least, row.interval.low), high: Math.min(1, row.interval.high) },
    differences: row.differences.map(differenceOf),
    ...factsOf(groups[i] ?? [], measures),
    seconds: row.totalSeconds,
  }))
}

/** The size of a method's networks, and the means of what was measured. */
const factsOf = (
  runs: readonly RunResult[],
  measures: Results['measures'],
): Pick<Row, 'measures' | 'parameters' | 'bytes'> => ({
  ...(measures && { measures: measures.map((column) => summaryOf(column, runs)) }),
  parameters: runs[0]?.parameters ?? 0,
  bytes: runs[0]?.bytes ?? 0,
})

/** The mean of a measured number over the draws of a method. */
const summaryOf = ({ name, unit }: MeasuredColumn, runs: readonly RunResult[]): MeasureSummary => {
  const values = runs.flatMap(({ measures = [] }) => measures.filter((found) => found.name === name))
  const numbers = values.map(({ value }) => value)
  const interval = meanInterval(numbers)
  const held = ({ low, high }: { readonly low: number; readonly high: number }) =>
    unit === 'part' ? { low: Math.max(0, low), high: Math.min(1, high) } : { low, high }
  return { name, mean: mean(numbers), interval: interval && held(interval) }
}

const differenceOf = ({ reference, mean, interval, wins, p }: ReferenceDifference): Difference => ({
  reference,
  mean,
  interval,
  wins,
  p,
})
