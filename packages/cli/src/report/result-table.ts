import {
  labelOf,
  taskKindNamed,
  type MeasuredColumn,
  type MeasureSummary,
  type Results,
  type Row,
  type TaskKind,
} from '@ptu/experiments'

import { byteSize, counted, duration, percent, probability, signed } from '../format.ts'
import { table } from '../table.ts'
import { beyondColumns } from './beyond-line.ts'

/** The titles of the columns of {@link resultRows}. */
export const resultHead = ({ target, reference, rows }: Results): readonly string[] => [
  'method',
  kindOf({ target }).comparing.mean,
  '95 % interval',
  ...(reference === null ? [] : [`to ${nameIn(rows, reference)}`, '95 % interval', 'wins', 'p']),
  'training',
  'size',
  'parameters',
]

/** The name of a method as tables have it. */
const nameIn = (rows: readonly Row[], name: string): string => {
  const row = rows.find(({ method }) => method === name)
  return row === undefined ? name : labelOf(row)
}

/** The words that belong to the task of some results. */
export const kindOf = ({ target }: Pick<Results, 'target'>): TaskKind => taskKindNamed(target.kind)

/** A row of texts per method: its score and what it costs. What was measured beside that is in {@link measuredRows}. */
export const resultRows = ({ target, rows, settings, reference }: Results): readonly (readonly string[])[] => {
  const { shown } = kindOf({ target }).comparing
  return rows.map((row) => [
    labelOf(row),
    shown(row.mean),
    row.interval === null ? '' : `${shown(row.interval.low)} to ${shown(row.interval.high)}`,
    ...(reference === null ? [] : differenceCells(row, reference, settings.seeds.length, shown)),
    duration(row.seconds),
    byteSize(row.bytes),
    String(row.parameters),
  ])
}

/** A score, or the size of a difference, as people read it. */
type Shown = TaskKind['comparing']['shown']

/** A measured number: a part of one in percent. */
const shownIn = ({ unit }: MeasuredColumn, value: number): string =>
  unit === 'part' ? percent(value) : value.toFixed(3)

const summaryIn = ({ measures = [] }: Row, { name }: MeasuredColumn): MeasureSummary | undefined =>
  measures.find((summary) => summary.name === name)

/** The titles of the columns of {@link measuredRows}. */
export const measuredHead = (results: Results): readonly string[] => [
  'method',
  ...(results.measures ?? []).map(({ title }) => title),
  ...beyondColumns(results).map(({ title }) => title),
]

/** A row of texts per method: what was measured beside accuracy, with intervals. Empty if nothing was. */
export const measuredRows = (results: Results): readonly (readonly string[])[] => {
  const { rows, measures = [] } = results
  const beyond = beyondColumns(results)
  return measures.length === 0
    ? []
    : rows.map((row) => [
        labelOf(row),
        ...measures.map((column) => {
          const found = summaryIn(row, column)
          if (found === undefined) return ''
          const { mean, interval } = found
          const [at, low, high] = [mean, interval?.low ?? mean, interval?.high ?? mean].map((n) => shownIn(column, n))
          return interval === null ? (at ?? '') : `${at} (${low} to ${high})`
        }),
        ...beyond.map((column) => column.cell(row.method)),
      ])
}

const differenceCells = ({ differences }: Row, reference: string, seeds: number, shown: Shown): readonly string[] => {
  const found = differences.find((difference) => difference.reference === reference)
  if (found === undefined) return ['', '', '', '']
  const { mean, interval, wins, p } = found
  return [signed(shown, mean), rangeText(interval, shown), `${wins}/${seeds}`, probability(p)]
}

const rangeText = (interval: Row['interval'], shown: Shown): string =>
  interval === null ? '' : `${signed(shown, interval.low)} to ${signed(shown, interval.high)}`

/** The methods that others are compared with, besides the reference. */
const otherReferences = ({ rows, reference }: Results): readonly string[] =>
  [...new Set(rows.flatMap(({ differences }) => differences.map((found) => found.reference)))].filter(
    (name) => name !== reference,
  )

/** The titles of the columns of {@link differenceRows}: a column for each method that others are compared with. */
export const differenceHead = (results: Results): readonly string[] => [
  'method',
  ...otherReferences(results).map((name) => `to ${nameIn(results.rows, name)}`),
]

/**
 * A row of texts per candidate or control: its mean differences, with their intervals. Empty if a single one says it
 * all.
 */
export const differenceRows = (results: Results): readonly (readonly string[])[] => {
  const references = otherReferences(results)
  if (references.length === 0) return []
  const { shown } = kindOf(results).comparing
  return results.rows
    .filter(({ role }) => role === 'candidate' || role === 'control')
    .map((row) => [
      labelOf(row),
      ...references.map((name) => {
        const found = row.differences.find(({ reference }) => reference === name)
        if (found === undefined) return ''
        const [mean, range] = [signed(shown, found.mean), rangeText(found.interval, shown)]
        return range === '' ? mean : `${mean} (${range})`
      }),
    ])
}

/** The comparison as people read it in a terminal. */
export const resultText = (results: Results): string => {
  const { settings, source, target, reference } = results
  const kind = kindOf(results)
  const rescaled = source.rescaled ? 'rescaled for all methods alike' : (source.rescaleProblem ?? 'not rescaled')
  const judged = source.accuracy === null ? '' : `, ${percent(source.accuracy)} % on its own test data`
  const differences = differenceRows(results)
  const measured = measuredRows(results)
  return [
    ...(source.warning === null ? [] : [source.warning]),
    `${source.name} to ${settings.target}: ${kind.shots(settings.shots)}, ${counted(settings.seeds.length, 'draw')}, ` +
      `${kind.tested(target.testExamples, target.testLabels)}, ${counted(settings.steps, 'step')} on ${settings.backend}`,
    `source ${source.title}${judged}, ${rescaled}`,
    '',
    table(resultHead(results), resultRows(results)),
    '',
    ...(differences.length === 0 ? [] : [table(differenceHead(results), differences), '']),
    ...(measured.length === 0 ? [] : [table(measuredHead(results), measured), '']),
    ...(reference === null
      ? []
      : [`differences: ${kind.comparing.units} over the same draws of labels, with 95 % intervals`]),
    results.verdict,
  ].join('\n')
}
