import type { LearningCurve, TrainResults } from '@ptu/experiments'
import { printable } from '@ptu/experiments'

import { percent } from '../format.ts'
import { element, type Markup } from './markup.ts'
import { scoreCurves } from './score-curves.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { capital, shown, wordsOf } from './train-report-text.ts'

/** Held-out accuracy against labels per class: a line for each method with its intervals, and the same as a table. */
export const learningParts = ({ data, learning: { curves, notes } }: TrainResults): readonly Markup[] => [
  element('h2', {}, 'Would more labels help?'),
  ...notes.map((note) => element('p', {}, `${capital(printable(note))}.`)),
  ...(curves.length === 0 ? [] : chartParts(curves, wordsOf({ data }).many)),
]

const chartParts = (curves: readonly LearningCurve[], many: string): readonly Markup[] => [
  scoreCurves(
    curves.map(({ method, points }) => ({
      method,
      points: points.map(({ labels, accuracy, interval }) => ({ at: labels, score: accuracy, interval })),
    })),
    {
      title: 'Held-out accuracy by labels per class; its numbers are in the table below',
      across: 'labels per class',
      up: 'held-out accuracy, %',
      ticks: [0, 0.25, 0.5, 0.75, 1],
      tick: (score) => (100 * score).toFixed(0),
    },
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
