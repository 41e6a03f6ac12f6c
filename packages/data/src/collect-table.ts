import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import { noteNumber, noteText, type ColumnTally } from './column-tally.ts'
import { quoted } from './errors.ts'
import { lineProblems, type LineProblems } from './line-problems.ts'
import { numberRows, type NumberRows } from './number-rows.ts'
import { numberReader, type NumberReader } from './numbers.ts'
import type { TakeCells } from './separator.ts'
import type { LabelColumns } from './label-columns.ts'
import { headerOf } from './table-header.ts'
import { targetReaders } from './target-rule.ts'
import { cellName, tablePlan, type TablePlan, type TableRules } from './table-plan.ts'

/** Cells that stand for a value that is not there. */
export const missingMarks: ReadonlySet<string> = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', '?'])

/** More different labels than this are taken for measurements, not classes. */
export const classLimit = 1000

/** The part of a table that has been read. */
export interface Collected {
  /** Undefined if there was no line, or none that could be understood. */
  readonly plan: TablePlan | undefined
  /** Numbers, or the numbers of names; NaN for a missing cell. */
  readonly rows: NumberRows
  /** The number of each row's label among `classes`. */
  readonly labels: readonly number[]
  /** The line of each row. */
  readonly lines: readonly number[]
  readonly classes: ReadonlyMap<string, number>
  /** The number of rows that were left out because a cell was missing. */
  readonly dropped: number
  readonly problems: LineProblems
  readonly reader: NumberReader
}

/** Takes the rows of a table one by one, the header first. */
export interface Collector {
  readonly take: TakeCells
  readonly problems: LineProblems
  readonly collected: () => Collected
}

interface State {
  plan: TablePlan | undefined
  isFailed: boolean
  rows: NumberRows
  row: Float32Array
  dropped: number
  readonly labels: number[]
  readonly lines: number[]
  readonly classes: Map<string, number>
}

export const collector = (rules: TableRules): Collector => {
  const problems = lineProblems()
  const reader = numberReader(rules.decimal)
  const state: State = {
    plan: undefined,
    isFailed: false,
    rows: numberRows(0),
    row: new Float32Array(0),
    dropped: 0,
    labels: [],
    lines: [],
    classes: new Map(rules.classes?.map((name, i) => [name, i])),
  }
  const context = { rules, problems, reader, state }
  return {
    problems,
    take: (cells, line) => {
      if (state.isFailed) return
      if (state.plan !== undefined) addRow(context, state.plan, cells, line)
      else begin(context, cells, line)
    },
    collected: () => ({ ...state, problems, reader }),
  }
}

interface Context {
  readonly rules: TableRules
  readonly problems: LineProblems
  readonly reader: NumberReader
  readonly state: State
}

const begin = (context: Context, cells: readonly string[], line: number): void => {
  const { rules, problems, state } = context
  const header = headerOf(cells, rules.header)
  const plan = pipe(
    header,
    E.flatMap(({ names }) =>
      pipe(
        tablePlan(names, rules),
        E.mapLeft((problem): readonly string[] => [problem]),
      ),
    ),
  )
  if (E.isLeft(plan)) {
    state.isFailed = true
    for (const problem of plan.left) problems.add(1, problem.startsWith('line 1') ? problem : `line 1: ${problem}`)
    return
  }
  state.plan = plan.right
  state.rows = numberRows(plan.right.tallies.length)
  state.row = new Float32Array(plan.right.tallies.length)
  if (E.isRight(header) && header.right.isRow) addRow(context, plan.right, cells, line)
}

const addRow = (context: Context, plan: TablePlan, cells: readonly string[], line: number): void => {
  const { rules, problems, state } = context
  const { names, label, places, tallies } = plan
  if (cells.length !== names.length) {
    problems.add(line, `line ${String(line)}: expected ${String(names.length)} cells, got ${String(cells.length)}`)
    return
  }
  if (rules.missing === 'drop' && cells.some((cell, i) => (places[i] as number) >= 0 && missingMarks.has(cell))) {
    state.dropped++
    return
  }
  cells.forEach((cell, i) => {
    const place = places[i] as number
    if (place >= 0) state.row[place] = valueOf(context, tallies[place] as ColumnTally, cell, line)
  })
  const number = classOf(context, rowLabel(context, label, cells, line), line)
  if (problems.count() > 0) return
  state.rows.add(state.row)
  state.labels.push(number)
  state.lines.push(line)
}

/** The number of a cell, or of its name; NaN if it is missing or wrong. */
const valueOf = (context: Context, tally: ColumnTally, cell: string, line: number): number => {
  const { rules, problems, reader } = context
  const number = tally.isNamed ? undefined : reader.read(cell, line)
  if (Number.isFinite(number)) return noteNumber(tally, number as number)
  const isMissing = rules.texts === 'categories' && missingMarks.has(cell)
  if (isMissing) tally.missing++
  if (isMissing && rules.missing === 'mean') return NaN
  const name = number === undefined && !isMissing ? nameOf(rules, tally, cell, line) : undefined
  if (name !== undefined) return name
  problems.add(line, `${cellName(line, tally.name)}: expected ${expectedOf(tally, isMissing)}, got ${quoted(cell)}`)
  return NaN
}

/** The number of a name; undefined if the column takes no names, or not this one. */
const nameOf = (rules: TableRules, tally: ColumnTally, cell: string, line: number): number | undefined => {
  if (rules.texts === 'refuse' || tally.known?.kind === 'number') return undefined
  const name = noteText(tally, cell, line)
  return Number.isNaN(name) && tally.known !== undefined ? undefined : name
}

const expectedOf = ({ known, categories }: ColumnTally, isMissing: boolean): string => {
  if (isMissing) return 'a value, or missing: drop or mean'
  if (known?.kind !== 'category') return 'a number'
  return `one of ${[...categories.keys()].slice(0, 20).map(quoted).join(', ')}`
}

/** The label of a row as a text; empty where there is none, or where it is wrong, which is noted. */
const rowLabel = (
  { rules, problems, reader }: Context,
  { places, rule }: LabelColumns,
  cells: readonly string[],
  line: number,
): string => {
  const own = places.map((place) => cells[place] as string)
  if (rule === undefined) {
    if (own[0] === '') problems.add(line, `line ${String(line)}: the label is empty`)
    return own[0] ?? ''
  }
  const found = targetReaders[rule.kind].labelOf(own, rule, rules.decimal)
  if ('label' in found) {
    for (const cell of own) reader.read(cell, line)
    return found.label
  }
  problems.add(line, `line ${String(line)}, ${found.why}`)
  return ''
}

/** The number of a label among the classes. */
const classOf = ({ rules, problems, state }: Context, name: string, line: number): number => {
  const known = state.classes.get(name)
  if (known !== undefined || name === '') return known ?? 0
  if (rules.classes !== undefined)
    problems.add(
      line,
      `line ${String(line)}: the label ${quoted(name)} is not one of ${rules.classes.slice(0, 20).map(quoted).join(', ')}`,
    )
  if (state.classes.size <= classLimit || state.plan?.label.rule !== undefined)
    state.classes.set(name, state.classes.size)
  return state.classes.size - 1
}
