import { dataKindOf, nameAmong, printable, type MethodJudgement, type TrainResults } from '@ptu/experiments'

import { counted, countedOf, duration, firstNames, percent } from './format.ts'
import { table } from './table.ts'

/** The way a path is shown. */
type Shown = (path: string) => string

/** A training as people read it in a terminal, with its paths as `shown` gives them. */
export const trainText = (results: TrainResults, out: string, shown: Shown): string => {
  const named: Shown = (path) => printable(shown(path))
  const { data, source, shipped, notes, suspects, seconds } = results
  const examples = data.classes.reduce((sum, { train }) => sum + train, 0)
  const [first] = results.methods
  const { many } = dataKindOf(data.kind).words
  return [
    `${countedOf(examples, many)} of ${data.classes.length} classes: ${classesText(data.classes)}`,
    ...unreadableText(data.unreadable, many, named),
    ...(data.inputs === undefined ? [] : [printable(data.inputs)]),
    `source ${source.title}${frozenText(results)}`,
    ...augmentationText(results.augmentation),
    ...(results.earlier === null
      ? []
      : [`goes on from an earlier training: ${results.earlier.examples} of its examples are learnt again`]),
    '',
    table(
      ['method', 'accuracy %', '95 % interval', 'balanced %', 'log-loss', 'held out', 'training'],
      results.methods.map((method) => methodRow(method, results.methods)),
    ),
    '',
    `accuracy on ${many} that were held out from training, fold by fold`,
    `shipped: ${first?.method ?? shipped.method} (${shipped.why})`,
    ...[...notes, ...results.learning.notes].map((note) => `note: ${note}`),
    ...earlierText(results.earlier),
    ...copiesText(results.copies, named),
    ...suspectText(suspects, named),
    ...testText(results),
    `written: ${out} in ${duration(seconds)}; label new ${many} with ptu predict ${out} FILES`,
  ].join('\n')
}

/** The first classes of a training with their numbers of examples. */
export const classesText = (classes: readonly { readonly name: string; readonly train: number }[]): string =>
  firstNames(classes.map(({ name, train }) => `${printable(name)} ${train}`))

const methodRow = (judged: MethodJudgement, all: readonly MethodJudgement[]): readonly string[] => {
  const { accuracy, interval, balancedAccuracy, logLoss, count, seconds } = judged
  return [
    nameAmong(judged, all),
    percent(accuracy),
    `${percent(interval.low)} to ${percent(interval.high)}`,
    percent(balancedAccuracy),
    logLoss.toFixed(2),
    String(count),
    duration(seconds),
  ]
}

const few = 5

const testText = ({ test, copies }: TrainResults): readonly string[] =>
  test === null
    ? []
    : [
        `test data, looked at once: ${percent(test.accuracy)} % of ${test.count} ` +
          `(${percent(test.interval.low)} to ${percent(test.interval.high)}), balanced ${percent(test.balancedAccuracy)} %`,
        ...(copies.testWithout === null || copies.testWithout.count === 0
          ? []
          : [
              `  without near copies of training images: ${percent(copies.testWithout.accuracy)} % of ${copies.testWithout.count}`,
            ]),
      ]

/** The accuracy on old and on new classes. */
const earlierText = (earlier: TrainResults['earlier']): readonly string[] => {
  if (earlier === null) return []
  const told = ({ accuracy, count }: { readonly accuracy: number; readonly count: number }): string =>
    `${percent(accuracy)} % of ${counted(count, 'held-out image')}`
  const added = earlier.new === null ? '' : `, of new classes ${told(earlier.new)}`
  return [`of old classes (${earlier.classes.map(printable).join(', ')}) ${told(earlier.old)} are named right${added}`]
}

/** The changed copies that were trained on. */
export const augmentationText = ({ changes, copies }: TrainResults['augmentation']): readonly string[] =>
  changes.length === 0
    ? []
    : [
        copies === 0
          ? `no memory for changed copies (${changes.join(', ')}): trained without`
          : `trained on ${copies} changed ${copies === 1 ? 'copy' : 'copies'} of each image too (${changes.join(', ')})`,
      ]

const copiesText = ({ together, apart, test, problem }: TrainResults['copies'], named: Shown): readonly string[] => [
  ...(together.length === 0
    ? []
    : [
        `near copies, held out together (${together.length === 1 ? '1 group' : `${together.length} groups`}):`,
        ...listed(together.map((files) => files.map(named).join(', '))),
      ]),
  ...(apart === 0
    ? []
    : [
        `note: ${counted(apart, 'image')} with near copies could not be held out together: held-out accuracy may be too high`,
      ]),
  ...(test.length === 0
    ? []
    : [
        `${test.length === 1 ? 'a test image is a near copy of a training image' : `${test.length} test images are near copies of training images`}:`,
        ...listed(test.map(({ file, like }) => `${named(file)} is like ${named(like)}`)),
      ]),
  ...(problem === null ? [] : [`note: ${problem}`]),
]

/** The first few of some lines. */
const listed = (lines: readonly string[]): readonly string[] => [
  ...lines.slice(0, few).map((line) => `  ${line}`),
  ...(lines.length > few ? [`  and ${lines.length - few} more, in train.json`] : []),
]

/** The blocks that a network from elsewhere keeps; one that was made here has none to keep. */
export const frozenText = ({ data: { frozen, kind }, source }: Pick<TrainResults, 'data' | 'source'>): string =>
  frozen === 0 && kind !== undefined && kind !== 'photos'
    ? ''
    : `; ${frozen} of its ${source.blocks.length} blocks stay as they are`

/** The files and rows that could not be read, each with the reason. */
export const unreadableText = (
  unreadable: TrainResults['data']['unreadable'],
  many: string,
  named: Shown,
): readonly string[] =>
  unreadable.length === 0
    ? []
    : [
        many === 'images'
          ? `${counted(unreadable.length, 'file')} cannot be read as ${unreadable.length === 1 ? 'an image' : 'images'}:`
          : `${counted(unreadable.length, 'row')} cannot be read:`,
        ...listed(unreadable.map(({ path, why }) => `${named(path)}: ${printable(why)}`)),
      ]

const suspectText = (suspects: TrainResults['suspects'], named: Shown): readonly string[] =>
  suspects.length === 0
    ? []
    : [
        `${suspects.length === 1 ? 'a label' : `${suspects.length} labels`} may be wrong:`,
        ...listed(
          suspects.map(
            ({ file, given, taken }) => `${named(file)}: labelled ${printable(given)}, looks like ${printable(taken)}`,
          ),
        ),
      ]
