import type { LearningCurve, TrainResults } from '@ptu/experiments'
import { printable } from '@ptu/experiments'

import { percent } from '../format.ts'
import { element, picture, type Markup } from './markup.ts'
import { colourOf } from './style.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { shown, wordsOf } from './train-report-text.ts'

const [width, height] = [340, 300]
const frame = { left: 44, right: 324, top: 12, bottom: 256 }
const ticks = [0, 0.25, 0.5, 0.75, 1] as const

const up = (part: number): number => frame.bottom - part * (frame.bottom - frame.top)

/** Held-out accuracy against labels per class: a line for each method with its intervals, and the same as a table. */
export const learningParts = ({ data, learning: { curves, notes } }: TrainResults): readonly Markup[] => [
  element('h2', {}, 'Would more labels help?'),
  ...notes.map((note) => element('p', {}, `${sentence(printable(note))}.`)),
  ...(curves.length === 0 ? [] : chartParts(curves, wordsOf({ data }).many)),
]

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const chartParts = (curves: readonly LearningCurve[], many: string): readonly Markup[] => [
  picture(
    'Held-out accuracy by labels per class; its numbers are in the table below',
    width,
    height,
    ...axes(curves),
    ...curves.flatMap((curve) => lineOf(curve, acrossOf(curves))),
  ),
  element(
    'p',
    { class: 'quiet' },
    `Each training saw a part of the labels of the training folds; all points of a method are of the same held-out ${many}. ` +
      'Bars: 95 % intervals of each accuracy.',
  ),
  scrolling(
    'Learning curve',
    tableOf({
      caption: 'Held-out accuracy by labels per class',
      head: ['method', 'labels per class', 'accuracy %', '95 % interval', 'held out'],
      rows: curves.flatMap(({ method, points }) =>
        points.map(({ labels, accuracy, interval, count }) => [
          shown(method),
          labels.toFixed(0),
          percent(accuracy),
          `${percent(interval.low)} to ${percent(interval.high)}`,
          String(count),
        ]),
      ),
    }),
  ),
]

const mostLabels = (curves: readonly LearningCurve[]): number =>
  Math.max(1, ...curves.flatMap(({ points }) => points.map(({ labels }) => labels)))

/** The place of a number of labels, from 0 on. */
const acrossOf =
  (curves: readonly LearningCurve[]) =>
  (labels: number): number =>
    frame.left + (labels / mostLabels(curves)) * (frame.right - frame.left - 8)

const lineOf = ({ method, points }: LearningCurve, across: (labels: number) => number): readonly Markup[] => {
  const style = `stroke: ${colourOf(method)}`
  const places = points.map(({ labels, accuracy }) => `${across(labels).toFixed(1)},${up(accuracy).toFixed(1)}`)
  const [x, y] = (places.at(-1) ?? '0,0').split(',')
  return [
    element('polyline', { points: places.join(' '), fill: 'none', style, 'stroke-width': 2 }),
    ...points.map(({ labels, interval }) =>
      element('line', { x1: across(labels), x2: across(labels), y1: up(interval.low), y2: up(interval.high), style }),
    ),
    element(
      'text',
      { x: Number(x) - 6, y: Number(y) + 18, 'text-anchor': 'end', style: `fill: ${colourOf(method)}` },
      shown(method),
    ),
  ]
}

const axes = (curves: readonly LearningCurve[]): readonly Markup[] => [
  ...ticks.flatMap((tick) => [
    element('line', { class: 'grid', x1: frame.left, x2: frame.right, y1: up(tick), y2: up(tick) }),
    element(
      'text',
      { class: 'tick', x: frame.left - 6, y: up(tick) + 4, 'text-anchor': 'end' },
      (100 * tick).toFixed(0),
    ),
  ]),
  ...[...new Set(curves.flatMap(({ points }) => points.map(({ labels }) => labels)))].map((labels) =>
    element(
      'text',
      { class: 'tick', x: acrossOf(curves)(labels), y: frame.bottom + 16, 'text-anchor': 'middle' },
      labels.toFixed(0),
    ),
  ),
  element('text', { x: (frame.left + frame.right) / 2, y: height - 6, 'text-anchor': 'middle' }, 'labels per class'),
  element(
    'text',
    { x: 12, y: up(0.5), 'text-anchor': 'middle', transform: `rotate(-90 12 ${up(0.5)})` },
    'held-out accuracy, %',
  ),
]
