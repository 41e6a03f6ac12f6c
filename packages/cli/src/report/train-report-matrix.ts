import type { TrainResults } from '@ptu/experiments'

import { counted } from '../format.ts'
import { element, type Markup } from './markup.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { shown, some, wordsOf } from './train-report-text.ts'

/** More classes than these cannot be read side by side. */
const most = 30

type Confusion = Pick<TrainResults, 'confusion' | 'data'>

/** The classes of a confusion matrix that are shown, in their own order: those that are confused most often. */
export const shownClasses = (confusion: TrainResults['confusion']): readonly number[] => {
  const errors = confusion.map((row, i) =>
    row.reduce((sum, count, j) => (i === j ? sum : sum + count + (confusion[j]?.[i] ?? 0)), 0),
  )
  return Array.from(errors.keys())
    .toSorted((a, b) => (errors[b] ?? 0) - (errors[a] ?? 0))
    .slice(0, most)
    .toSorted((a, b) => a - b)
}

/** The pair of classes that is confused most often: `household for food, 3 of 20`; undefined where none is. */
export const mostConfused = ({ confusion, data }: Confusion): string | undefined => {
  const pairs = confusion.flatMap((row, given) =>
    row.flatMap((count, taken) => (given === taken || count === 0 ? [] : [{ given, taken, count }])),
  )
  if (pairs.length === 0) return undefined
  const { given, taken, count } = pairs.reduce((a, b) => (b.count > a.count ? b : a))
  const all = (confusion[given] ?? []).reduce((sum, each) => sum + each, 0)
  return `${nameOf(data, given)} taken for ${nameOf(data, taken)}, ${count} of ${all}`
}

/** The confusion matrix of held-out examples. */
export const matrixOf = ({ confusion, data }: Confusion): readonly Markup[] => {
  const classes = shownClasses(confusion)
  const { one, many } = wordsOf({ data })
  const rows = classes.map((given) => {
    const row = confusion[given] ?? []
    const all = row.reduce((sum, count) => sum + count, 0)
    return [
      nameOf(data, given),
      ...classes.map((taken) => cellOf(row[taken] ?? 0, { all, one, isRight: given === taken })),
      String(all),
    ]
  })
  const head = ['labelled', ...classes.map((label) => nameOf(data, label)), 'all']
  const title = `Rows: labels. Columns: what held-out ${many} were taken for.`
  const cut =
    classes.length === confusion.length
      ? ''
      : ` Shown: the ${some(classes.length, confusion.length)} classes that are confused most often; all are in train.json.`
  return [
    element('h2', {}, 'Classes that are confused'),
    element('p', { class: 'quiet' }, title + cut),
    scrolling('Confusion matrix', tableOf({ caption: 'Confusion matrix', head, rows, class: 'matrix' })),
  ]
}

const nameOf = ({ classes }: TrainResults['data'], label: number): string => shown(classes[label]?.name ?? '')

/** A count on a ground that is the stronger, the larger its part of the row. */
const cellOf = (
  count: number,
  { all, one, isRight }: { readonly all: number; readonly one: string; readonly isRight: boolean },
): Markup =>
  count === 0
    ? element('td', { class: 'none' }, '0')
    : element(
        'td',
        {
          class: isRight ? 'right' : 'wrong',
          style: `--part: ${Math.ceil((40 * count) / all)}%`,
          title: `${counted(count, one)} of ${all}`,
        },
        String(count),
      )
