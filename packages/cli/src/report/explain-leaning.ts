import { percent, printable } from '@ptu/experiments'

import type { Explained } from '../explain/explain.ts'
import {
  isMissing,
  type ColumnLeaning,
  type Explanation,
  type LeaningPicture,
  type PhotoLeaning,
} from '../explain/explanation.ts'
import { measuredWords } from '../explain/words.ts'
import { heatFigure, placeWords } from './explain-pictures.ts'
import { unitParts } from './explain-units.ts'
import { element, type Markup } from './markup.ts'
import { thumbnailOf, type Thumbnail } from './train-report-pictures.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { shown, some } from './train-report-text.ts'

/** More columns than these are left to the document. */
const mostRows = 40

/** More pictures than these are left to the document. */
const mostPictures = 12

/** The pictures or columns that a model leans on. */
export const leaningParts = async (explained: Explained): Promise<readonly Markup[]> => {
  const { document, shown: pictures } = explained
  const { leaning } = document
  if (isMissing(leaning)) return []
  if (leaning.kind === 'columns') return columnParts(leaning, document)
  return [...(await pictureParts(leaning, pictures)), ...(await unitParts(explained))]
}

const quiet = (text: string): Markup => element('p', { class: 'quiet' }, text)

const pictureParts = async (leaning: PhotoLeaning, pictures: Explained['shown']): Promise<readonly Markup[]> => {
  const figures: Markup[] = []
  for (const [place, picture] of leaning.pictures.slice(0, mostPictures).entries()) {
    const thumbnail = await thumbnailOf(pictures, place)
    figures.push(figureOf(picture, thumbnail))
  }
  return [
    quiet(
      `Found by ${leaning.method} with the mean colour of the picture. Orange: covering it lowers the probability of the class named; ` +
        'blue: covering it raises it. The strongest colour is the largest change of that picture.' +
        (leaning.pictures.length > mostPictures ? ` Shown: ${some(mostPictures, leaning.pictures.length)}.` : ''),
    ),
    element('ul', { class: 'heats' }, ...figures),
    scrolling(
      'Check of the heat maps',
      tableOf({
        caption: 'Check of the heat maps',
        head: ['covered', 'probability lost, points (95 % interval)'],
        rows: [
          ['the fifth it leans on most', measuredWords(leaning.most)],
          ['the same shape elsewhere', measuredWords(leaning.elsewhere)],
          ['difference', measuredWords(leaning.difference)],
        ],
      }),
    ),
  ]
}

const figureOf = (
  { name, given, taken, confidence, map }: LeaningPicture,
  thumbnail: Thumbnail | undefined,
): Markup => {
  const file = shown(name.split('/').at(-1) ?? name)
  const verdict = given === taken ? `rightly named ${shown(taken)}` : `${shown(given)}, named ${shown(taken)}`
  const largest = map.values.reduce((a, b) => Math.max(a, b), 0)
  const leaning =
    percent(largest) === '0.0'
      ? 'covering any part of it lowers that probability by less than 0.1 points'
      : `leans most on the ${placeWords(map)} (${percent(largest)} points)`
  const said = `${verdict}, ${percent(confidence)} %; ${leaning}`
  return element(
    'li',
    {},
    ...(thumbnail === undefined ? [] : [heatFigure(thumbnail, map, `${file}: ${said}`)]),
    element('strong', {}, file),
    element('span', {}, said),
  )
}

const columnParts = ({ columns, method }: ColumnLeaning, { data }: Explanation): readonly Markup[] => [
  quiet(
    `Found by ${method} among the ${data.many}: the accuracy that is lost. Columns that say the same can stand in for each other, ` +
      `so that neither loses much.${columns.length > mostRows ? ` Shown: ${some(mostRows, columns.length)}.` : ''}`,
  ),
  scrolling(
    'Columns',
    tableOf({
      caption: 'Accuracy that each column is worth',
      head: ['column', 'accuracy lost, points (95 % interval)'],
      rows: columns.slice(0, mostRows).map(({ name, drop }) => [shown(printable(name)), measuredWords(drop)]),
    }),
  ),
]
