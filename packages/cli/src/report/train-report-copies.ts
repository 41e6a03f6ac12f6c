import type { TrainResults } from '@ptu/experiments'

import { counted, percent } from '../format.ts'
import { element, type Markup } from './markup.ts'
import { below, shown, some } from './train-report-text.ts'

/** More lines than these are left to train.json. */
const most = 50

/** The near copies in training and test data, by their paths; nothing where there are none and all were looked for. */
export const copiesParts = ({ data: { path: folder }, copies }: TrainResults): readonly Markup[] => {
  const { similarity, together, apart, test, testWithout, problem } = copies
  const statements = [
    ...(problem === null ? [] : [`Not known: ${shown(problem)}.`]),
    ...(apart === 0
      ? []
      : [
          `${counted(apart, 'image')} with near copies could not be held out together, as too little of a class would have been left: ` +
            'held-out accuracy may be too high.',
        ]),
    ...(testWithout === null || testWithout.count === 0
      ? []
      : [
          `Without near copies ${percent(testWithout.accuracy)} % of ${counted(testWithout.count, 'test image')} are right.`,
        ]),
  ]
  if (statements.length + together.length + test.length === 0) return []
  return [
    element('h2', {}, 'Near copies'),
    element(
      'p',
      { class: 'quiet' },
      `Images that the pretrained network takes for nearly the same: the cosine of their encodings is ${similarity} or more. ` +
        'Those of one line were held out together.',
    ),
    ...statements.map((text) => element('p', {}, text)),
    ...listOf(together.map((files) => files.map((file) => shown(below(folder, file))).join(', '))),
    ...listOf(
      test.map(({ file, like }) => `test image ${shown(below(folder, file))} is like ${shown(below(folder, like))}`),
    ),
  ]
}

const listOf = (lines: readonly string[]): readonly Markup[] =>
  lines.length === 0
    ? []
    : [
        ...(lines.length > most
          ? [element('p', { class: 'quiet' }, `Shown: ${some(most, lines.length)}; all are in train.json.`)]
          : []),
        element('ul', {}, ...lines.slice(0, most).map((line) => element('li', {}, line))),
      ]
