import {
  dataKindOf,
  nameAmong,
  printable,
  targetKinds,
  type LabelScores,
  type TargetJudgement,
  type TargetKind,
  type TargetResults,
} from '@ptu/experiments'

import { duration, percent } from './format.ts'
import { table } from './table.ts'
import { augmentationText, frozenText, unreadableText } from './train-text.ts'

/** A training on sets of labels or on numbers as people read it in a terminal. */
export const targetText = (results: TargetResults, out: string, shown: (path: string) => string): string => {
  const named = (path: string): string => printable(shown(path))
  const { data, source, shipped, methods, notes, test, seconds, task } = results
  const kind = targetKinds[task.kind]
  const [first] = methods
  const { many } = dataKindOf(data.kind).words
  return [
    `${first === undefined ? '' : `${results.examples} ${many}, `}${predictedWords(results)}`,
    ...unreadableText(data.unreadable, many, named),
    ...(data.inputs === undefined ? [] : [printable(data.inputs)]),
    `source ${source.title}${frozenText(results)}`,
    ...augmentationText(results.augmentation),
    '',
    table(
      ['method', ...scoreHead(kind), 'held out', 'training'],
      methods.map((one) => [
        nameAmong(one, methods),
        ...scoreCells(kind, one),
        String(one.count),
        duration(one.seconds),
      ]),
    ),
    ...(first?.labels === undefined ? [] : ['', labelsText(first.labels, task.thresholds)]),
    '',
    `scores on ${many} that were held out from training, fold by fold`,
    `shipped: ${first?.method ?? shipped.method} (${shipped.why})`,
    ...intervalText(results),
    ...notes.map((note) => `note: ${printable(note)}`),
    ...(test === null ? [] : [`test data, looked at once: ${judgementWords(kind, test)}`]),
    `written: ${out} in ${duration(seconds)}; predict new ${many} with ptu predict ${out} FILES`,
  ].join('\n')
}

/** The labels, or the number, that are predicted. */
export const predictedWords = ({ data, task }: Pick<TargetResults, 'data' | 'task'>): string =>
  task.thresholds === undefined
    ? `numbers to predict: ${data.classes.map(({ name }) => printable(name)).join(', ')}`
    : `${data.classes.length} labels: ${data.classes.map(({ name, train }) => `${printable(name)} ${train}`).join(', ')}`

/** The titles of the scores of a kind, with the interval of the first. */
export const scoreHead = ({ scores: [first, ...others] }: TargetKind): readonly string[] => [
  first?.title ?? '',
  '95 % interval',
  ...others.map(({ title }) => title),
]

/** The scores of a judgement, under {@link scoreHead}. */
export const scoreCells = (
  { scores: [first, ...others] }: TargetKind,
  { scores, interval }: Pick<TargetJudgement, 'scores' | 'interval'>,
): readonly string[] => {
  const cell = (score: TargetKind['scores'][number] | undefined): string =>
    score?.shown(scores[score.name] ?? NaN) ?? ''
  const { low, high } = interval
  return [cell(first), first === undefined ? '' : `${first.shown(low)} to ${first.shown(high)}`, ...others.map(cell)]
}

/** The scores of a judgement in a line. */
export const judgementWords = (kind: TargetKind, { scores, interval: { low, high }, count }: TargetJudgement): string =>
  [
    ...kind.scores.map(({ name, title, shown }, i) => {
      const [, words = title, unit = ''] = /^(.*?)( %)?$/.exec(title) ?? []
      const range = i === 0 ? ` (95 % interval ${shown(low)} to ${shown(high)})` : ''
      return `${words} ${shown(scores[name] ?? NaN)}${unit}${range}`
    }),
    `${count} examples`,
  ].join(', ')

/** Label by label: how often it is on, the probability from which it is taken as on, precision, recall and F1. */
export const labelsText = (labels: readonly LabelScores[], thresholds: readonly number[] = []): string =>
  table(
    ['label', 'on', 'from probability', 'precision %', 'recall %', 'F1 %'],
    labels.map(({ name, count, precision, recall, f1 }, i) => [
      name,
      String(count),
      thresholds[i]?.toFixed(3) ?? '',
      ...[precision, recall, f1].map(percent),
    ]),
  )

/** The interval around predicted numbers; nothing where there is none. */
export const intervalText = ({ task, data }: Pick<TargetResults, 'task' | 'data'>): readonly string[] => {
  const { interval } = task
  if (interval === undefined) return []
  const name = printable(data.classes[0]?.name ?? '')
  return [
    `predictions come with an interval of ± ${Number(interval.margin.toPrecision(4))} ${name}, made to hold ${percent(interval.level)} % of new ones`,
  ]
}
