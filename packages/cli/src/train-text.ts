import { dataKindOf, printable, type MethodJudgement, type TrainResults } from '@ptu/experiments'

import { duration, percent } from './format.ts'
import { table } from './table.ts'

/** A training as people read it in a terminal. */
export const trainText = (results: TrainResults, out: string): string => {
  const { data, source, shipped, notes, suspects, test, seconds } = results
  const examples = data.classes.reduce((sum, { train }) => sum + train, 0)
  const [first] = results.methods
  const { many } = dataKindOf(data.kind).words
  return [
    `${examples} ${many} of ${data.classes.length} classes: ${data.classes.map(({ name, train }) => `${printable(name)} ${train}`).join(', ')}`,
    ...unreadableText(data.unreadable, many),
    ...(data.inputs === undefined ? [] : [printable(data.inputs)]),
    `source ${source.title}${frozenText(results)}`,
    '',
    table(
      ['method', 'accuracy %', '95 % interval', 'balanced %', 'log-loss', 'held out', 'training'],
      results.methods.map(methodRow),
    ),
    '',
    `accuracy on ${many} that were held out from training, fold by fold`,
    `shipped: ${first?.method ?? shipped.method} (${shipped.why})`,
    ...notes.map((note) => `note: ${note}`),
    ...suspectText(suspects),
    ...(test === null
      ? []
      : [
          `test data, looked at once: ${percent(test.accuracy)} % of ${test.count} ` +
            `(${percent(test.interval.low)} to ${percent(test.interval.high)}), balanced ${percent(test.balancedAccuracy)} %`,
        ]),
    `written: ${out} in ${duration(seconds)}; label new ${many} with ptu predict ${out} FILES`,
  ].join('\n')
}

const methodRow = ({ method, accuracy, interval, balancedAccuracy, logLoss, count, seconds }: MethodJudgement) => [
  method,
  percent(accuracy),
  `${percent(interval.low)} to ${percent(interval.high)}`,
  percent(balancedAccuracy),
  logLoss.toFixed(2),
  String(count),
  duration(seconds),
]

const few = 5

/** What a network from elsewhere keeps; one that was made here has nothing to keep. */
const frozenText = ({ data: { frozen, kind }, source }: TrainResults): string =>
  frozen === 0 && kind !== undefined && kind !== 'photos'
    ? ''
    : `; ${frozen} of its ${source.blocks.length} blocks stay as they are`

const unreadableText = (unreadable: TrainResults['data']['unreadable'], many: string): readonly string[] =>
  unreadable.length === 0
    ? []
    : [
        many === 'images'
          ? `${unreadable.length} files are no images that can be read:`
          : `${unreadable.length} rows cannot be read:`,
        ...unreadable.slice(0, few).map(({ path, why }) => `  ${printable(path)}: ${printable(why)}`),
        ...(unreadable.length > few ? [`  and ${unreadable.length - few} more, in train.json`] : []),
      ]

const suspectText = (suspects: TrainResults['suspects']): readonly string[] =>
  suspects.length === 0
    ? []
    : [
        `${suspects.length === 1 ? 'a label' : `${suspects.length} labels`} may be wrong:`,
        ...suspects
          .slice(0, few)
          .map(
            ({ file, given, taken }) =>
              `  ${printable(file)}: labelled ${printable(given)}, looks like ${printable(taken)}`,
          ),
        ...(suspects.length > few ? [`  and ${suspects.length - few} more, in train.json`] : []),
      ]
