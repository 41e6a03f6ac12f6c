import { scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'

import { percent } from '@ptu/experiments'

import type { Certainty, Explanation } from '../explain/explanation.ts'
import { measuredWords } from '../explain/words.ts'
import { element, picture, type Markup } from './markup.ts'
import { reliabilityPicture } from './train-report-reliability.ts'
import { scrolling, tableOf } from './train-report-table.ts'

const size = { width: 340, height: 300, left: 44, right: 324, top: 12, bottom: 256 } as const

const charts = ({ reliability, curve }: Certainty): Markup =>
  element(
    'div',
    { class: 'charts' },
    captioned(
      reliabilityPicture(reliability),
      'Bar: part named right at a probability. Line: where both are equal. Bars below the line: too sure.',
    ),
    captioned(
      selectivePicture(curve),
      'Accuracy of the answers that are kept, the surest first, against the part that is kept.',
    ),
  )

const captioned = (chart: Markup, words: string): Markup =>
  element('figure', {}, chart, element('figcaption', {}, words))

/** Reliability, what a threshold gives, and the numbers. */
export const certaintyParts = ({ certainty, data: { many } }: Explanation): readonly Markup[] => [
  charts(certainty),
  scrolling(
    'Certainty',
    tableOf({
      caption: 'Certainty in numbers',
      head: ['what', 'value (95 % interval)'],
      rows: numbers(certainty),
    }),
  ),
  scrolling(
    'Reliability',
    tableOf({
      caption: 'Reliability of probabilities',
      head: ['probability %', many, 'mean probability %', 'named right %'],
      rows: certainty.reliability.map(({ from, to, count, confidence, accuracy }) => [
        ...[`${(100 * from).toFixed(0)} to ${(100 * to).toFixed(0)}`, String(count)],
        ...[percent(confidence), percent(accuracy)],
      ]),
    }),
  ),
]

const numbers = (certainty: Certainty): readonly (readonly string[])[] => {
  const { accuracy, calibration, brier, negativeLogLikelihood, temperature, selective, sets } = certainty
  return [
    ['accuracy, %', measuredWords(accuracy)],
    ['calibration error, points', measuredWords(calibration)],
    ['… that right probabilities give by chance, at most', percent(calibration.chance)],
    ['Brier score', brier.toFixed(3)],
    ['log-loss, nats', negativeLogLikelihood.toFixed(3)],
    ...(temperature === null
      ? []
      : [
          ['best temperature', temperature.value.toFixed(2)],
          ['calibration error with it, on others, points', measuredWords(temperature.calibration)],
        ]),
    ...(selective === null
      ? []
      : [
          [
            `threshold for ${(100 * selective.target).toFixed(0)} % right, %`,
            selective.threshold === null ? 'none' : percent(selective.threshold),
          ],
          ['… answers, on others, %', measuredWords(selective.coverage)],
          ['… right of those, %', selective.accuracy === null ? 'none' : measuredWords(selective.accuracy)],
        ]),
    ...(sets === null
      ? []
      : [
          [
            `sets that hold the class ${(100 * sets.stated).toFixed(0)} % of the time: hold it, %`,
            measuredWords(sets.coverage),
          ],
          ['… classes in a set', sets.size.toFixed(2)],
        ]),
  ]
}

const ticks = [0, 0.25, 0.5, 0.75, 1] as const

const selectivePicture = (curve: Certainty['curve']): Markup => {
  const { width, height, left, right, top, bottom } = size
  const x = scaleLinear([0, 1], [left, right])
  const y = scaleLinear([0, 1], [bottom, top])
  const d = line<Certainty['curve'][number]>(
    ({ coverage }) => x(coverage),
    ({ accuracy }) => y(accuracy),
  )([...curve])
  const label = (attributes: Readonly<Record<string, string | number>>, text: string): Markup =>
    element('text', attributes, text)
  return picture(
    'Accuracy against the part that is answered',
    width,
    height,
    ...ticks.flatMap((tick) => [
      element('line', { class: 'grid', x1: left, x2: right, y1: y(tick), y2: y(tick) }),
      label({ class: 'tick', x: left - 6, y: y(tick) + 4, 'text-anchor': 'end' }, (100 * tick).toFixed(0)),
      label({ class: 'tick', x: x(tick), y: bottom + 16, 'text-anchor': 'middle' }, (100 * tick).toFixed(0)),
    ]),
    element('path', { class: 'curve', d: d ?? '', fill: 'none' }),
    label({ x: x(0.5), y: height - 6, 'text-anchor': 'middle' }, 'answered, %'),
    label({ x: 12, y: y(0.5), 'text-anchor': 'middle', transform: `rotate(-90 12 ${y(0.5)})` }, 'right, %'),
  )
}
