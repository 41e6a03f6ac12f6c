import { percent } from '@ptu/experiments'

import { counted } from '../format.ts'
import { isMissing, type Changes, type Explanation } from '../explain/explanation.ts'
import { likenessWords } from '../explain/words.ts'
import { element, type Markup } from './markup.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { shown } from './train-report-text.ts'

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The change of each block's weights, and the gates as they were before they were folded away. */
export const changesParts = ({ changes, gates }: Explanation): readonly Markup[] => [
  ...(isMissing(changes) ? [] : blockParts(changes)),
  ...(gates.length === 0 ? [] : gateParts(gates)),
]

const blockParts = ({ source, blocks, count }: Changes): readonly Markup[] => [
  scrolling(
    'Blocks',
    tableOf({
      caption: 'How far the weights of each block moved, and how alike its outputs are',
      head: ['block', 'parameters', 'moved by, %', 'outputs alike (CKA)'],
      rows: blocks.map(({ name, parameters, change, likeness }) => [
        ...[shown(name), String(parameters)],
        ...[change === null ? 'not comparable' : percent(change)],
        likeness === null ? 'not known' : likenessWords(likeness),
      ]),
    }),
  ),
  element(
    'p',
    { class: 'quiet' },
    `The length of the change by the length of the weights, against ${shown(source)}. It is computed from the weights ` +
      'alone: nothing is uncertain about it, and it does not say what the change does. ' +
      `How alike outputs are is an estimate from ${counted(count, 'example')}, with its 95 % interval over examples: 1 is the same up to ` +
      'a rotation and a scale, 0 unrelated. Without an interval they are the same.',
  ),
]

const gateParts = (gates: Explanation['gates']): readonly Markup[] => [
  scrolling(
    'Gates',
    tableOf({
      caption: 'Gates before they were folded away',
      head: ['block', 'gate', 'mean', 'least', 'most'],
      rows: gates.flatMap(({ block, unit, update, fineTune }) => {
        const name = shown(unit === 0 ? block : `${block}.${unit}`)
        return [gateRow(name, 'update', update), ...(fineTune === null ? [] : [gateRow(name, 'fine-tune', fineTune)])]
      }),
    }),
  ),
  element('p', { class: 'quiet' }, 'At 0 a gate keeps the source, at 1 it takes what was trained.'),
]

const gateRow = (name: string, gate: string, values: readonly number[]): readonly string[] => [
  ...[name, gate, meanOf(values).toFixed(3)],
  ...[Math.min(...values).toFixed(3), Math.max(...values).toFixed(3)],
]
