import { printable, targetKinds, type TargetCurve, type TargetKind, type TargetResults } from '@ptu/experiments'
import { scaleLinear } from 'd3-scale'

import { element, type Markup } from './markup.ts'
import { scoreCurves, type ScoreAxis } from './score-curves.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { capital, shown, wordsOf } from './train-report-text.ts'

/** Held-out macro F1 or R² against the number of examples: a line for each method with its intervals, and the same as a table. */
export const targetLearning = (results: TargetResults): readonly Markup[] => {
  const { curves, notes } = results.learning
  return [
    element('h2', {}, 'Would more labels help?'),
    ...notes.map((note) => element('p', {}, `${capital(printable(note))}.`)),
    ...(curves.length === 0 ? [] : chartParts(curves, targetKinds[results.task.kind], wordsOf(results).many)),
  ]
}

const chartParts = (curves: readonly TargetCurve[], kind: TargetKind, many: string): readonly Markup[] => [
  scoreCurves(
    curves.map(({ method, points }) => ({ method, points: points.map(({ examples, ...point }) => ({ at: examples, ...point })) })), // prettier-ignore
    axisOf(curves, kind, many),
  ),
  element(
    'p',
    { class: 'quiet' },
    `Each training saw a part of the ${many} of the training folds; all points of a method are of the same held-out ${many}. ` +
      'Bars: 95 % intervals of each score.',
  ),
  scrolling(
    'Learning curve',
    tableOf({
      caption: `Held-out ${titleOf(kind)} by the number of ${many}`,
      head: ['method', many, titleOf(kind), '95 % interval', 'held out'],
      rows: curves.flatMap(({ method, points }) =>
        points.map(({ examples, score, interval: { low, high }, count }) => [
          shown(method),
          examples.toFixed(0),
          shownBy(kind, score),
          `${shownBy(kind, low)} to ${shownBy(kind, high)}`,
          String(count),
        ]),
      ),
    }),
  ),
]

const titleOf = ({ scores: [first] }: TargetKind): string => first?.title ?? ''

const shownBy = ({ scores: [first] }: TargetKind, score: number): string => first?.shown(score) ?? ''

/** The lowest score that a picture goes down to: a score can be worse than any bound. */
const lowest = -1

/** The axis from 0, or from a negative score, to 1. */
const axisOf = (curves: readonly TargetCurve[], kind: TargetKind, many: string): ScoreAxis => {
  const all = curves.flatMap(({ points }) => points.flatMap(({ score, interval }) => [score, interval.low]))
  const low = Math.max(lowest, Math.min(0, ...all))
  const isPart = titleOf(kind).endsWith('%')
  return {
    title: `Held-out ${titleOf(kind)} by the number of ${many}; its numbers are in the table below`,
    across: many,
    up: `held-out ${titleOf(kind).replace(' %', ', %')}`,
    ticks: scaleLinear([low, 1], [0, 1]).nice(5).ticks(5),
    tick: (score) => (isPart ? (100 * score).toFixed(0) : String(Number(score.toFixed(2)))),
  }
}
