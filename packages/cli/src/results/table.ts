import { byteSize, duration, percent, points, probability } from '../format.ts'
import { labelOf, shotsTold, testTold } from './labels.ts'
import { table } from '../table.ts'
import type { Results, Row } from './results.ts'

/** The titles of the columns of {@link resultRows}. */
export const resultHead: readonly string[] = [
  'strategy',
  'mean %',
  '95 % interval',
  'difference',
  '95 % interval',
  'wins',
  'p',
  'training',
  'size',
  'parameters',
]

/** A row of texts per strategy. */
export const resultRows = ({ rows, settings }: Results): readonly (readonly string[])[] =>
  rows.map((row) => [
    labelOf(row.strategy),
    percent(row.mean),
    `${percent(row.interval.low)} to ${percent(row.interval.high)}`,
    ...differenceCells(row, settings.seeds.length),
    duration(row.seconds),
    byteSize(row.bytes),
    String(row.parameters),
  ])

const differenceCells = ({ difference }: Row, seeds: number): readonly string[] => {
  if (difference === null) return ['', '', '', '']
  const { mean, interval, wins, p } = difference
  return [points(mean), `${points(interval.low)} to ${points(interval.high)}`, `${wins}/${seeds}`, probability(p)]
}

/** The comparison as people read it in a terminal. */
export const resultText = (results: Results): string => {
  const { settings, source, target, reference } = results
  const rescaled = source.rescaled ? 'rescaled for all strategies alike' : (source.refusal ?? 'not rescaled')
  return [
    `${settings.source} to ${settings.target}: ${shotsTold(settings.shots, target)}, ${settings.seeds.length} draws, ` +
      `${testTold(target)}, ${settings.steps} steps on ${settings.backend}`,
    `source ${settings.body}, ${percent(source.accuracy)} % on its own test data, ${rescaled}`,
    '',
    table(resultHead, resultRows(results)),
    '',
    ...(reference === null
      ? []
      : [`difference: percentage points to ${labelOf(reference)} over the same draws of labels`]),
    results.verdict,
  ].join('\n')
}
