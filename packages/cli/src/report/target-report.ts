import { nameAmong, printable, targetKinds, type TargetResults, type TrainConfig } from '@ptu/experiments'

import { duration, percent } from '../format.ts'
import { intervalText, judgementWords, predictedWords, scoreCells, scoreHead } from '../target-text.ts'
import { element, type Markup } from './markup.ts'
import { htmlPage } from './page.ts'
import { styleSheet } from './style.ts'
import { targetLearning } from './target-report-learning.ts'
import { residualParts } from './target-report-residuals.ts'
import { trainCommandLine } from './train-report-command.ts'
import { trainStyle } from './train-report-style.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { capital, shown, wordsOf } from './train-report-text.ts'
import { unreadableParts } from './train-report-unread.ts'

/** The page of a training on sets of labels or on numbers: the result in words, the methods, label by label. */
export const targetReportPage = (results: TargetResults, config: TrainConfig): string => {
  const title = `Training on ${shown(results.data.path)}`
  const body = element(
    'main',
    {},
    element('h1', {}, title),
    ...verdict(results),
    ...methodParts(results),
    ...labelParts(results),
    ...residualParts(results),
    ...targetLearning(results),
    ...unreadableParts(results),
    element('h2', {}, 'How to repeat it'),
    element('pre', {}, element('code', {}, printable(trainCommandLine(config)))),
    settings(results),
  )
  return htmlPage(title, styleSheet + trainStyle, body)
}

const verdict = (results: TargetResults): readonly Markup[] => {
  const { methods, shipped, task, test, notes } = results
  const kind = targetKinds[task.kind]
  const [first] = methods
  return [
    element(
      'p',
      { class: 'verdict' },
      `Shipped: ${printable(first?.method ?? shipped.method)} (${printable(shipped.why)}). ` +
        (first === undefined
          ? ''
          : `On ${wordsOf(results).many} that it was not trained on, fold by fold: ${judgementWords(kind, first)}.`),
    ),
    element(
      'ul',
      {},
      ...[
        test === null
          ? 'There were no test data: the scores are from cross-validation alone.'
          : `On test data, looked at once, at the end: ${judgementWords(kind, test)}.`,
        ...intervalText(results).map((text) => `${capital(text)}.`),
        ...notes.map(printable),
      ].map((text) => element('li', {}, text)),
    ),
  ]
}

const methodParts = ({ methods, task }: TargetResults): readonly Markup[] => {
  const kind = targetKinds[task.kind]
  return [
    element('h2', {}, 'Methods'),
    scrolling(
      'Methods',
      tableOf({
        caption: 'Methods, the shipped one first',
        head: ['method', ...scoreHead(kind), 'held out', 'folds', 'training'],
        rows: methods.map((one) => [
          shown(nameAmong(one, methods)),
          ...scoreCells(kind, one),
          String(one.count),
          String(one.folds),
          duration(one.seconds),
        ]),
      }),
    ),
  ]
}

const labelParts = ({ methods: [first], task: { thresholds = [] } }: TargetResults): readonly Markup[] =>
  first?.labels === undefined
    ? []
    : [
        element('h2', {}, 'Labels'),
        scrolling(
          'Labels',
          tableOf({
            caption: 'Labels, by the shipped method on examples that were held out',
            head: ['label', 'on', 'from probability', 'precision %', 'recall %', 'F1 %'],
            rows: first.labels.map(({ name, count, precision, recall, f1 }, i) => [
              shown(name),
              String(count),
              thresholds[i]?.toFixed(3) ?? '',
              ...[precision, recall, f1].map(percent),
            ]),
          }),
        ),
      ]

const settings = (results: TargetResults): Markup => {
  const { data, source, shipped, versions, seconds, backend } = results
  const entries: Readonly<Record<string, string>> = {
    predicted: predictedWords(results),
    ...(data.inputs !== undefined && { inputs: data.inputs }),
    source: source.title,
    'blocks that stayed as they are': String(data.frozen),
    'data digest': data.digest,
    method: shipped.method,
    rate: String(shipped.held.rate),
    steps: String(shipped.steps),
    time: `${duration(seconds)} on ${printable(backend)}`,
    ...versions,
  }
  return element(
    'dl',
    {},
    ...Object.entries(entries).flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, shown(value))]),
  )
}
