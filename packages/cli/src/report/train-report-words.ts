import { printable, type TrainResults } from '@ptu/experiments'

import { counted, duration, percent } from '../format.ts'
import { element, type Markup } from './markup.ts'
import { mostConfused } from './train-report-matrix.ts'
import { wordsOf } from './train-report-text.ts'

/** The result in words: what was shipped, how good it is, what was level with it, and what to look at. */
export const trainWords = (results: TrainResults): readonly Markup[] => [
  element('p', { class: 'verdict' }, `${shippedWords(results)} ${accuracyWords(results)}`),
  element(
    'ul',
    {},
    ...[...testWords(results), ...results.notes.map(printable), ...doubts(results)].map((text) =>
      element('li', {}, text),
    ),
  ),
]

const shippedWords = ({ methods, shipped }: TrainResults): string =>
  `Shipped: ${printable(methods[0]?.method ?? shipped.method)} (${printable(shipped.why)}).`

const accuracyWords = (results: TrainResults): string => {
  const [first] = results.methods
  if (first === undefined) return ''
  const { accuracy, interval, count } = first
  const { one, many } = wordsOf(results)
  return (
    `Of ${counted(count, one)} that it was not trained on, fold by fold, it named ${percent(accuracy)} % right. ` +
    `With 95 % confidence it names ${percent(interval.low)} to ${percent(interval.high)} % of such ${many} right.`
  )
}

const testWords = ({ test, data }: TrainResults): readonly string[] =>
  test === null
    ? ['There were no test data: the accuracy is from cross-validation alone.']
    : [
        `On ${counted(test.count, `test ${wordsOf({ data }).one}`)}, looked at once, at the end: ${percent(test.accuracy)} % right ` +
          `(95 % interval ${percent(test.interval.low)} to ${percent(test.interval.high)}).`,
      ]

/** The doubts that a person should look at. */
const doubts = (results: TrainResults): readonly string[] => {
  const { data, suspects, ece, earlier } = results
  const worst = mostConfused(results)
  return [
    ...(earlier === null
      ? []
      : [
          `Goes on from an earlier training. Of its classes (${earlier.classes.map(printable).join(', ')}) ` +
            `${percent(earlier.old.accuracy)} % of ${counted(earlier.old.count, 'held-out image')} are named right` +
            (earlier.new === null ? '.' : `, of new ones ${percent(earlier.new.accuracy)} % of ${earlier.new.count}.`),
        ]),
    ...(worst === undefined ? [] : [`Confused most often: ${worst}.`]),
    `Its probabilities are ${percent(ece)} points off on average.`,
    ...(suspects.length === 0 ? [] : [`${counted(suspects.length, 'label')} may be wrong: see below.`]),
    ...(data.unreadable.length === 0
      ? []
      : [`${counted(data.unreadable.length, unreadOf(data))} could not be read: see below.`]),
  ]
}

/** The thing that could not be read: a file of its own, or a row. */
export const unreadOf = (data: TrainResults['data']): string => (wordsOf({ data }).one === 'image' ? 'file' : 'row')

/** The time that the whole training took, in words. */
export const timeWords = ({ seconds, backend }: TrainResults): string => `${duration(seconds)} on ${printable(backend)}`
