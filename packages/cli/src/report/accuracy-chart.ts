import { scaleLinear } from 'd3-scale'

import { labelOf, type ComparingWords, type Row, type RunResult } from '@ptu/experiments'
import { element, picture, type Markup } from './markup.ts'
import { colourOf } from './style.ts'

// The names and numbers on either side fit at the size of text on narrow screens.
const width = 720
const left = 180
const right = 84
const rowHeight = 34

/** The words for a score. */
type Words = Pick<ComparingWords, 'name' | 'sign' | 'shown'>

const withSign = ({ shown, sign }: Words, score: number): string => `${shown(score)}${sign}`

/** A line per method: the interval of its score, its mean, and a dot for each draw of labels. */
export const accuracyChart = (rows: readonly Row[], runs: readonly RunResult[], words: Words): Markup => {
  const values = [
    ...runs.map(({ accuracy }) => accuracy),
    ...rows.flatMap(({ interval }) => (interval === null ? [] : [interval.low, interval.high])),
  ]
  const x = scaleLinear([Math.min(...values), Math.max(...values)], [left, width - right - 8]).nice(5)
  const bottom = 10 + rows.length * rowHeight
  const grid = x
    .ticks(5)
    .flatMap((tick) => [
      element('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: 6, y2: bottom }),
      element(
        'text',
        { class: 'tick', x: x(tick), y: bottom + 20, 'text-anchor': 'middle' },
        `${String(Number(words.shown(tick)))}${words.sign}`,
      ),
    ])
  const lines = rows.flatMap((row, i) => {
    const own = runs.filter(({ method }) => method === row.method)
    return rowMarks(row, own, { x, y: 10 + (i + 0.5) * rowHeight, words })
  })
  const name = words.name.charAt(0).toUpperCase() + words.name.slice(1)
  return picture(`${name} on the test data by method`, width, bottom + 28, ...grid, ...lines)
}

interface Place {
  readonly x: (value: number) => number
  readonly y: number
  readonly words: Words
}

const rowMarks = (row: Row, runs: readonly RunResult[], { x, y, words }: Place): readonly Markup[] => {
  const { method, mean, interval } = row
  const colour = colourOf(method)
  return [
    element('text', { x: 0, y: y + 4 }, labelOf(row)),
    ...(interval === null
      ? []
      : [
          element('line', {
            x1: x(interval.low),
            x2: x(interval.high),
            y1: y,
            y2: y,
            stroke: colour,
            'stroke-width': 3,
          }),
        ]),
    ...runs.map(({ accuracy, seed }) =>
      element(
        'circle',
        { cx: x(accuracy), cy: y, r: 3.5, fill: 'var(--paper)', stroke: colour, 'stroke-width': 1.5 },
        element('title', {}, `seed ${seed}: ${withSign(words, accuracy)}`),
      ),
    ),
    element('rect', { x: x(mean) - 2.5, y: y - 9, width: 5, height: 18, fill: colour }),
    element('text', { x: width - right + 8, y: y + 4 }, withSign(words, mean)),
  ]
}
