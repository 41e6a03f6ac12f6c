import { effectiveRobustness, robustnessLine, type AccuracyPair, type RobustnessLine } from '@ptu/analysis'
import { meanInterval, type MeasuredColumn, type Results, type RunResult } from '@ptu/experiments'

import { points } from '../format.ts'

/** A column that tells how much more accurate a method is on changed examples than its accuracy on them as they are lets expect. */
export interface BeyondColumn {
  readonly title: string
  /** The mean over the draws of a method in percentage points, with its interval; empty where it cannot be told. */
  cell(method: string): string
}

const pairOf = ({ measures = [] }: RunResult, { name, beside }: MeasuredColumn): readonly AccuracyPair[] => {
  const of = (wanted: string | undefined): number | undefined => measures.find((found) => found.name === wanted)?.value
  const [inside, outside] = [of(beside), of(name)]
  return inside === undefined || outside === undefined ? [] : [{ inside, outside }]
}

/** The line through all trained networks; undefined where all have one accuracy. What `any` chose is no other network. */
const lineOf = (runs: readonly RunResult[], column: MeasuredColumn): RobustnessLine | undefined => {
  const pairs = runs.filter(({ method, chosen }) => method === chosen).flatMap((run) => pairOf(run, column))
  return new Set(pairs.map(({ inside }) => inside)).size < 2 ? undefined : robustnessLine(pairs)
}

/**
 * The columns of effective robustness: one for each accuracy on changed examples that has one on the same as they are beside
 * it. The line is fitted to all networks of the comparison.
 */
export const beyondColumns = ({ runs, measures = [] }: Pick<Results, 'runs' | 'measures'>): readonly BeyondColumn[] =>
  measures
    .filter(({ beside }) => beside !== undefined)
    .map((column) => {
      const line = lineOf(runs, column)
      return {
        title: `${column.name} beyond the line`,
        cell: (method) => {
          if (line === undefined) return ''
          const own = runs.filter((run) => run.method === method).flatMap((run) => pairOf(run, column))
          const values = own.map((pair) => effectiveRobustness(pair, line))
          if (values.length === 0) return ''
          const mean = points(values.reduce((sum, value) => sum + value, 0) / values.length)
          const interval = meanInterval(values)
          return interval === null ? mean : `${mean} (${points(interval.low)} to ${points(interval.high)})`
        },
      }
    })
