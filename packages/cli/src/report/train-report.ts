import {
  nameAmong,
  printable,
  type MethodJudgement,
  type TrainConfig,
  type TrainedModel,
  type TrainResults,
} from '@ptu/experiments'

import { duration, percent } from '../format.ts'
import { element, type Markup } from './markup.ts'
import { htmlPage } from './page.ts'
import { styleSheet } from './style.ts'
import { trainCommandLine } from './train-report-command.ts'
import { copiesParts } from './train-report-copies.ts'
import { evidenceParts } from './train-report-evidence.ts'
import { learningParts } from './train-report-learning.ts'
import { matrixOf } from './train-report-matrix.ts'
import { galleryOf, type Gallery } from './train-report-pictures.ts'
import { reliabilityParts } from './train-report-reliability.ts'
import { settingsList } from './train-report-settings.ts'
import { trainStyle } from './train-report-style.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { capital, shown, some, wordsOf } from './train-report-text.ts'
import { unreadableParts } from './train-report-unread.ts'
import { trainWords } from './train-report-words.ts'

/**
 * The page of a training: the result in words, the methods with their costs, what is confused, labels that may be wrong,
 * and how far probabilities can be trusted.
 *
 * It holds at most 60 thumbnails, 30 classes side by side and 100 below each other, so that it stays under 3 MB.
 */
export const trainReportPage = async (
  { results, examples, files }: Pick<TrainedModel, 'examples' | 'files'> & { readonly results: TrainResults },
  config: TrainConfig,
): Promise<string> => {
  const title = `Training on ${shown(results.data.path)}`
  const galleries: Markup[] = []
  for (const gallery of galleriesOf(results)) galleries.push(...(await galleryOf(gallery, { examples, files })))
  const body = element(
    'main',
    {},
    element('h1', {}, title),
    ...trainWords(results),
    ...methodParts(results),
    ...matrixOf(results),
    ...galleries,
    ...learningParts(results),
    ...evidenceParts(results),
    ...copiesParts(results),
    ...reliabilityParts(results),
    ...classParts(results),
    ...unreadableParts(results),
    element('h2', {}, 'How to repeat it'),
    element('pre', {}, element('code', {}, printable(trainCommandLine(config)))),
    settingsList(results),
  )
  return htmlPage(title, styleSheet + trainStyle, body)
}

/** Each example is shown once, where it says most. */
const galleriesOf = (results: TrainResults): readonly Gallery[] => {
  const {
    data: { path: folder },
    suspects,
    confused,
    unsure,
  } = results
  const { many } = wordsOf(results)
  const suspected = new Set(suspects.map(({ file }) => file))
  const mistaken = new Set(confused.map(({ file }) => file))
  return [
    {
      title: 'Labels that may be wrong',
      explanation: `The network, trained without these ${many}, finds their labels improbable and another class certain.`,
      examples: suspects,
      limit: 24,
      folder,
    },
    {
      title: `Confused ${many}`,
      explanation: 'Taken for another class when they were held out, the least probable label first.',
      examples: confused.filter(({ file }) => !suspected.has(file)),
      limit: 24,
      folder,
    },
    {
      title: `${capital(many)} named right with least certainty`,
      explanation: `More ${many} like these help most.`,
      examples: unsure.filter(({ file }) => !suspected.has(file) && !mistaken.has(file)),
      limit: 12,
      folder,
    },
  ]
}

const methodParts = (results: TrainResults): readonly Markup[] => [
  element('h2', {}, 'Methods'),
  scrolling(
    'Methods',
    tableOf({
      caption: 'Methods, the shipped one first',
      head: ['method', 'accuracy %', '95 % interval', 'balanced %', 'log-loss', 'held out', 'folds', 'training'],
      rows: results.methods.map((method) => methodRow(method, results.methods)),
    }),
  ),
  element(
    'p',
    { class: 'quiet' },
    `The shipped one is first. Accuracy is of ${wordsOf(results).many} that were held out from training, fold by fold; balanced accuracy is ` +
      'the mean over classes. Training is the time of all its folds.',
  ),
]

const methodRow = (judged: MethodJudgement, all: readonly MethodJudgement[]): readonly string[] => {
  const { accuracy, interval, balancedAccuracy, logLoss, count, folds, seconds } = judged
  return [
    shown(nameAmong(judged, all)),
    percent(accuracy),
    `${percent(interval.low)} to ${percent(interval.high)}`,
    percent(balancedAccuracy),
    logLoss.toFixed(2),
    String(count),
    String(folds),
    duration(seconds),
  ]
}

/** More rows than these are left to train.json. */
const mostRows = 100

const classParts = ({ data, confusion, test }: TrainResults): readonly Markup[] => {
  const { classes } = data
  const { many } = wordsOf({ data })
  const few = classes.slice(0, mostRows)
  const rows = few.map(({ name, train, test: tested }, i) => {
    const all = (confusion[i] ?? []).reduce((sum, count) => sum + count, 0)
    const right = confusion[i]?.[i] ?? 0
    return [
      shown(name),
      String(train),
      ...(test === null ? [] : [String(tested)]),
      all === 0 ? '' : `${right} of ${all}`,
      all === 0 ? '' : percent(right / all),
    ]
  })
  const head = ['class', 'labelled', ...(test === null ? [] : [`test ${many}`]), 'named right', '%']
  return [
    element('h2', {}, 'Classes'),
    ...(few.length < classes.length
      ? [element('p', { class: 'quiet' }, `Shown: ${some(few.length, classes.length)}; all are in train.json.`)]
      : []),
    scrolling('Classes', tableOf({ caption: `${capital(many)} of each class`, head, rows })),
  ]
}
