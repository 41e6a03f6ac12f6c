import { labelOf, taskKinds, type Results, type Row, type TaskKind } from '@ptu/experiments'

import { byteSize, duration, percent, points, probability } from '../format.ts'
import { table } from '../table.ts'

/** The titles of the columns of {@link resultRows}. */
export const resultHead: readonly string[] = [
  'method',
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

/** The words that belong to the task of some results. */
export const kindOf = ({ target }: Pick<Results, 'target'>): TaskKind =>
  (Object.hasOwn(taskKinds, target.kind) ? taskKinds[target.kind] : undefined) ?? (taskKinds['classify'] as TaskKind)

/** A row of texts per method. */
export const resultRows = ({ rows, settings }: Results): readonly (readonly string[])[] =>
  rows.map((row) => [
    labelOf(row),
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
  const kind = kindOf(results)
  const rescaled = source.rescaled ? 'rescaled for all methods alike' : (source.rescaleProblem ?? 'not rescaled')
  const judged = source.accuracy === null ? '' : `, ${percent(source.accuracy)} % on its own test data`
  return [
    `${source.name} to ${settings.target}: ${kind.shots(settings.shots)}, ${settings.seeds.length} draws, ` +
      `${kind.tested(target.testExamples, target.testLabels)}, ${settings.steps} steps on ${settings.backend}`,
    `source ${source.title}${judged}, ${rescaled}`,
    '',
    table(resultHead, resultRows(results)),
    '',
    ...(reference === null
      ? []
      : [
          `difference: percentage points to ${labelOf({ method: reference, role: 'baseline' })} over the same draws of labels`,
        ]),
    results.verdict,
  ].join('\n')
}
