import type { Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'

import { classLimit, type Collected } from './collect-table.ts'
import { columnFound, sortedNames, type ColumnTally } from './column-tally.ts'
import { sizeOf } from './dataset.ts'
import { DataError, plural } from './errors.ts'
import { listed } from './label-column.ts'
import { missingLabels } from './missing-labels.ts'
import type { TablePlan, TableRules } from './table-plan.ts'
import { widthOf, widthOfAll, type Column, type Table } from './table.ts'
import { withTargets } from './with-targets.ts'

/** More numbers than this are refused before there is memory for them: 1 GiB of features. */
const numberLimit = 2 ** 28

/** Makes a table from the rows that were read, or lists all problems. */
export const finished = (
  collected: Collected,
  rules: TableRules,
  shape: Shape | undefined,
): E.Either<DataError, Table> => {
  const fail = (problem: string): E.Either<DataError, never> => E.left(new DataError(problem))
  const { plan, problems, rows, reader } = collected
  const found = (plan?.tallies ?? []).map(columnFound)
  const columns = found.flatMap((one) => ('column' in one ? [one.column] : []))
  if (plan === undefined || rows.count() === 0) {
    if (problems.count() > 0) return fail(`it has problems:${problems.text()}`)
    const dropped = collected.dropped > 0 ? `; ${plural(collected.dropped, 'row')} had missing cells` : ''
    return fail(`expected a line of names and at least one row, got no row${dropped}`)
  }
  const wrong = found.flatMap((one) => ('problems' in one ? one.problems : []))
  const uncounted = found.reduce((sum, one) => sum + ('problems' in one ? one.uncounted : 0), 0)
  if (problems.count() + wrong.length > 0) return fail(`it has problems:${problems.text(wrong, uncounted)}`)
  const problem = reader.problem() ?? sizeProblem(collected, columns, shape)
  if (problem !== undefined) return fail(problem)
  const table = tableOf(collected, plan, columns, rules, shape)
  return E.map((dataset: Table['dataset']) => ({ ...table, dataset }))(withTargets(table.dataset, table.target))
}

const sizeProblem = (
  { rows, classes, plan }: Collected,
  columns: readonly Column[],
  shape: Shape | undefined,
): string | undefined => {
  const width = widthOfAll(columns)
  if (shape !== undefined && sizeOf(shape) !== width)
    return `the shape ${shape.join('x')} takes ${String(sizeOf(shape))} numbers, a row has ${String(width)}`
  if (classes.size > classLimit && plan?.label.rule === undefined)
    return `the label has more than ${String(classLimit)} different values; is it a class?`
  return rows.count() * width > numberLimit
    ? `${plural(rows.count(), 'row')} of ${String(width)} numbers are more than ${String(numberLimit)}; leave columns out`
    : undefined
}

const tableOf = (
  collected: Collected,
  plan: TablePlan,
  columns: readonly Column[],
  rules: TableRules,
  shape: Shape | undefined,
): Table => {
  const classes = rules.classes ?? sortedNames([...collected.classes.keys()])
  const placeOf = orderOf(collected.classes, classes)
  const labels = Int32Array.from(collected.labels, (label) => placeOf[label] as number)
  const isNew = rules.classes === undefined && plan.label.rule === undefined
  return {
    dataset: {
      shape: shape ?? [widthOfAll(columns)],
      features: featuresOf(collected, plan, columns),
      labels,
      classes,
    },
    columns,
    label: labelNames(plan).join(','),
    ...(plan.label.rule && { target: plan.label.rule }),
    lines: collected.lines,
    warnings: [
      ...plan.warnings,
      ...warningsOf(collected, plan, rules),
      ...(isNew ? missingLabels({ labels, classes }) : []),
    ],
  }
}

/** The names of the columns of the labels. */
const labelNames = ({ names, label }: TablePlan): readonly string[] => label.places.map((place) => names[place] ?? '')

/** The place in `sorted` of each name, by the number that it had. */
const orderOf = (numbers: ReadonlyMap<string, number>, sorted: readonly string[]): Int32Array => {
  const places = new Int32Array(numbers.size)
  sorted.forEach((name, place) => {
    const number = numbers.get(name)
    if (number !== undefined) places[number] = place
  })
  return places
}

const featuresOf = ({ rows }: Collected, { tallies }: TablePlan, columns: readonly Column[]): Float32Array => {
  const width = widthOfAll(columns)
  const features = new Float32Array(rows.count() * width)
  const orders = columns.map((column, i) =>
    column.kind === 'category' ? orderOf((tallies[i] as ColumnTally).categories, column.categories) : undefined,
  )
  for (let i = 0; i < rows.count(); i++) {
    let at = i * width
    const row = rows.at(i)
    columns.forEach((column, j) => {
      const value = row[j] as number
      if (column.kind === 'number') features[at] = Number.isNaN(value) ? column.mean : value
      else if (!Number.isNaN(value)) features[at + (orders[j]?.[value] as number)] = 1
      at += widthOf(column)
    })
  }
  return features
}

/** Tells whether a column that was taken for names has only cells such as `1,234`, `5 cm` or `2024-05-01`. */
const looksMeasured = ({ isNamed, known, numbers, categories }: ColumnTally): boolean =>
  !isNamed &&
  known === undefined &&
  numbers === 0 &&
  categories.size > 2 &&
  [...categories.keys()].every((name) => /^[+-]?[$€£]?[.,]?\d/.test(name))

/** The warnings about the columns, one for each kind. */
const warningsOf = (
  { rows, dropped, classes }: Collected,
  plan: TablePlan,
  { columns }: TableRules,
): readonly string[] => {
  const { tallies } = plan
  const [count, filled] = [rows.count(), tallies.reduce((sum, { missing }) => sum + missing, 0)]
  const of = (wanted: (tally: ColumnTally) => boolean): string => {
    const found = columns === undefined && count > 2 ? tallies.filter(wanted).map(({ name }) => name) : []
    return found.length === 0 ? '' : `${plural(found.length, 'column')} (${listed(found)})`
  }
  const constant = of(({ isConstant, missing }) => isConstant && missing === 0)
  const ids = of(
    ({ counts, numbers, texts, categories }) =>
      (numbers > 0 && counts) || (texts === count && categories.size === count),
  )
  const digits = of(looksMeasured)
  return [
    ...(digits === ''
      ? []
      : [
          `${digits} taken for categories, though every cell begins with a digit: write plain numbers, as 1234.5, if they are some`,
        ]),
    ...(constant === '' ? [] : [`${constant} with one value in every row: they tell nothing`]),
    ...(ids === ''
      ? []
      : [`${ids} with another value in every row, like a number of the row: leave them out with \`ignore\``]),
    ...(dropped > 0 ? [`${plural(dropped, 'row')} with missing cells left out`] : []),
    ...(filled > 0
      ? [`${plural(filled, 'missing cell')} filled: numbers by the column's mean, categories by none`]
      : []),
    ...(classes.has(labelNames(plan)[0] ?? '') ? [`the label's column is called like a class: is line 1 a row?`] : []),
  ]
}
