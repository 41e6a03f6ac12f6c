import type { TrainResults } from '@ptu/experiments'

import { percent } from '../format.ts'
import { element, picture, type Markup } from './markup.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { wordsOf } from './train-report-text.ts'

const [width, height] = [340, 300]
const frame = { left: 44, right: 324, top: 12, bottom: 256 }
const ticks = [0, 0.25, 0.5, 0.75, 1] as const

const across = (part: number): number => frame.left + part * (frame.right - frame.left)
const up = (part: number): number => frame.bottom - part * (frame.bottom - frame.top)

/** A bar for each range of probability, and a line where accuracy would equal it. */
export const reliabilityPicture = (reliability: TrainResults['reliability']): Markup =>
  picture(
    'Reliability diagram; its numbers are in the table below',
    width,
    height,
    ...axes(),
    ...reliability.map(barOf),
    line,
  )

/** Confidence against accuracy: a bar for each range, a line where both would be equal, and the same as a table. */
export const reliabilityParts = ({ reliability, ece, data }: TrainResults): readonly Markup[] => [
  element('h2', {}, 'How far probabilities can be trusted'),
  element(
    'p',
    {},
    `Expected calibration error: ${percent(ece)} points. It is the mean distance between the probability of the class ` +
      'that is named and the part that is named right, over ten equal ranges of that probability.',
  ),
  reliabilityPicture(reliability),
  element(
    'p',
    { class: 'quiet' },
    'Bar: part that is named right. Line: where it would equal the probability. A bar below the line is too sure.',
  ),
  scrolling(
    'Reliability',
    tableOf({
      caption: 'Reliability of probabilities',
      head: ['probability %', wordsOf({ data }).many, 'mean probability %', 'named right %'],
      rows: reliability.map(({ from, to, count, confidence, accuracy }) => [
        `${(100 * from).toFixed(0)} to ${(100 * to).toFixed(0)}`,
        String(count),
        percent(confidence),
        percent(accuracy),
      ]),
    }),
  ),
]

const barOf = ({ from, to, accuracy }: TrainResults['reliability'][number]): Markup =>
  element('rect', {
    class: 'bar',
    x: across(from) + 1,
    y: up(accuracy),
    width: across(to) - across(from) - 2,
    height: frame.bottom - up(accuracy),
  })

const line = element('line', { class: 'equal', x1: across(0), y1: up(0), x2: across(1), y2: up(1) })

const axes = (): readonly Markup[] => [
  ...ticks.flatMap((tick) => [
    element('line', { class: 'grid', x1: frame.left, x2: frame.right, y1: up(tick), y2: up(tick) }),
    element(
      'text',
      { class: 'tick', x: frame.left - 6, y: up(tick) + 4, 'text-anchor': 'end' },
      (100 * tick).toFixed(0),
    ),
    element(
      'text',
      { class: 'tick', x: across(tick), y: frame.bottom + 16, 'text-anchor': 'middle' },
      (100 * tick).toFixed(0),
    ),
  ]),
  element('text', { x: across(0.5), y: height - 6, 'text-anchor': 'middle' }, 'probability of the class named, %'),
  element(
    'text',
    { x: 12, y: up(0.5), 'text-anchor': 'middle', transform: `rotate(-90 12 ${up(0.5)})` },
    'named right, %',
  ),
]
