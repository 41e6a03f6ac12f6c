import type { HeldOutNumber, TargetResults } from '@ptu/experiments'
import { scaleLinear } from 'd3-scale'

import { element, picture, type Markup } from './markup.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { below, shown, wordsOf } from './train-report-text.ts'

const [width, height] = [340, 300]
const frame = { left: 64, right: 324, top: 12, bottom: 256 }

/** The differences between numbers and their predictions against the predictions, and the largest of them as a table. */
export const residualParts = (results: TargetResults): readonly Markup[] => {
  const { heldOut = [], data, task, examples } = results
  if (heldOut.length === 0) return []
  const name = data.classes[0]?.name ?? ''
  const margin = task.interval?.margin
  const many = wordsOf(results).many
  return [
    element('h2', {}, 'How far predictions are off'),
    residualPicture(heldOut, { name: shown(name), margin }),
    element(
      'p',
      { class: 'quiet' },
      `A dot for each of ${heldOut.length === examples ? 'the' : heldOut.length} ${many} that were held out. ` +
        'Line: no difference. Above it the number is larger than predicted.' +
        (margin === undefined ? '' : ' Broken lines: the interval that predictions come with.'),
    ),
    scrolling(
      'Largest differences',
      tableOf({
        caption: `The ${many} whose predictions are furthest off`,
        head: [wordsOf(results).one, 'given', 'predicted', 'difference'],
        rows: furthest(heldOut).map((one) => [
          shown(below(data.path, one.file)),
          ...[one.given, one.predicted, one.given - one.predicted].map(short),
        ]),
      }),
    ),
  ]
}

/** The most differences in the table. */
const mostRows = 10

const furthest = (heldOut: readonly HeldOutNumber[]): readonly HeldOutNumber[] => {
  const off = ({ given, predicted }: HeldOutNumber): number => Math.abs(given - predicted)
  return heldOut.toSorted((a, b) => off(b) - off(a)).slice(0, mostRows)
}

const short = (value: number): string => String(Number(value.toPrecision(5)))

interface ResidualWords {
  readonly name: string
  readonly margin: number | undefined
}

const residualPicture = (heldOut: readonly HeldOutNumber[], { name, margin = 0 }: ResidualWords): Markup => {
  const predicted = heldOut.map((one) => one.predicted)
  const most = heldOut.reduce((found, one) => Math.max(found, Math.abs(one.given - one.predicted)), margin)
  const across = scaleLinear([least(predicted), -least(predicted.map((x) => -x))], [frame.left, frame.right]).nice(4)
  const up = scaleLinear([-most, most], [frame.bottom, frame.top]).nice(6)
  const level = (value: number, kind: string): Markup =>
    element('line', { class: kind, x1: frame.left, x2: frame.right, y1: up(value), y2: up(value) })
  return picture(
    `Differences between held-out ${name} and its predictions; the largest are in the table below`,
    width,
    height,
    ...up
      .ticks(6)
      .flatMap((tick) => [
        level(tick, 'grid'),
        element('text', { class: 'tick', x: frame.left - 6, y: up(tick) + 4, 'text-anchor': 'end' }, short(tick)),
      ]),
    ...across
      .ticks(4)
      .map((tick) =>
        element('text', { class: 'tick', x: across(tick), y: frame.bottom + 16, 'text-anchor': 'middle' }, short(tick)),
      ),
    ...heldOut.map((one) => element('circle', { class: 'dot', cx: across(one.predicted), cy: up(one.given - one.predicted), r: 3 })), // prettier-ignore
    level(0, 'level'),
    ...(margin > 0 ? [level(margin, 'equal'), level(-margin, 'equal')] : []),
    element('text', { x: (frame.left + frame.right) / 2, y: height - 6, 'text-anchor': 'middle' }, `predicted ${name}`),
    element('text', { x: 12, y: middle, 'text-anchor': 'middle', transform: `rotate(-90 12 ${middle})` }, 'given - predicted'), // prettier-ignore
  )
}

const middle = (frame.top + frame.bottom) / 2

const least = (values: readonly number[]): number => values.reduce((found, value) => Math.min(found, value), Infinity)
