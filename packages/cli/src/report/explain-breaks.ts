import { percent } from '@ptu/experiments'

import { countedOf } from '../format.ts'
import { isClear } from '../explain/breaks.ts'
import { isMissing, type Explanation, type ShiftPoint } from '../explain/explanation.ts'
import { measuredWords } from '../explain/words.ts'
import { element, type Markup } from './markup.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { shown } from './train-report-text.ts'

/** The accuracy under each shift and severity. */
export const breaksParts = ({
  breaks: { shifts, accuracy, count },
  fragile,
  data: { many },
}: Explanation): readonly Markup[] => {
  const severities = shifts[0]?.points.map(({ severity }) => severity) ?? []
  return [
    scrolling(
      'Accuracy under changes',
      tableOf({
        caption: 'Accuracy under changes, the most harmful first',
        head: ['change', ...severities.map((severity) => `severity ${severity}`)],
        class: 'shifts',
        rows: shifts.map(({ name, points }) => [name, ...points.map(cellOf)]),
      }),
    ),
    element(
      'p',
      { class: 'quiet' },
      `Accuracy in % of ${countedOf(count, many)}, ${percent(accuracy)} as they are. A star and colour: a loss beyond chance, by the 95 % interval of the loss example by example; ` +
        'among many cells a few come by chance.',
    ),
    scrolling(
      'Strengths and losses',
      tableOf({
        caption: 'What each severity is, and what is lost',
        head: ['change', 'weakest tried', 'points lost', 'strongest tried', 'points lost'],
        rows: shifts.map(({ name, points: [first, ...others] }) => {
          const last = others.at(-1) ?? first
          const lost = (point: ShiftPoint | undefined): readonly string[] =>
            point === undefined ? ['', ''] : [point.words, measuredWords(point.drop)]
          return [name, ...lost(first), ...lost(last)]
        }),
      }),
    ),
    ...fragileParts(fragile),
  ]
}

/** The parameters that the model stands least. */
const fragileParts = (fragile: Explanation['fragile']): readonly Markup[] =>
  isMissing(fragile)
    ? []
    : [
        scrolling(
          'Fragile parameters',
          tableOf({
            caption: 'Fragile parameters, the most fragile first',
            head: ['block', 'parameters', 'probability of the right class lost, points'],
            rows: fragile.blocks.map(({ name, parameters, lost }) => [
              ...[shown(name), String(parameters)],
              measuredWords(lost),
            ]),
          }),
        ),
        element(
          'p',
          { class: 'quiet' },
          `Each block alone is moved by ${(100 * fragile.part).toFixed(0)} % of its length in the direction that raises the loss of half of the examples most; ` +
            `what it costs is measured on the other ${fragile.count}.`,
        ),
      ]

const cellOf = (point: ShiftPoint): Markup => {
  const part = Math.round(60 * Math.min(1, Math.max(0, point.drop.value)))
  const text = percent(point.accuracy.value)
  return isClear(point)
    ? element('td', { class: 'wrong', style: `--part: ${part}%` }, `${text} *`)
    : element('td', {}, text)
}
