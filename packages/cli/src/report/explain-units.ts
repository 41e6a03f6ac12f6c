import { counted } from '../format.ts'
import type { Explained } from '../explain/explain.ts'
import { isMissing, type Measured } from '../explain/explanation.ts'
import { measuredWords } from '../explain/words.ts'
import { element, type Markup } from './markup.ts'
import { thumbnailOf } from './train-report-pictures.ts'
import { shown } from './train-report-text.ts'

/** The side of a patch on the page, in pixels. */
const side = 64

/** The most important units of each class, with the parts of pictures that excite them. */
export const unitParts = async ({ document: { units }, patches }: Explained): Promise<readonly Markup[]> => {
  if (isMissing(units)) return []
  let at = 0
  const sections: Markup[] = []
  for (const { name, examples, units: own } of units.classes) {
    const items: Markup[] = []
    for (const { unit, share, patches: listed } of own) {
      const pictures: Markup[] = []
      for (const patch of listed) {
        const pixels = patches[at++]
        const picture = pixels === undefined ? undefined : await thumbnailOf(pixels, 0)
        const alt = `part of ${shown(patch.name.split('/').at(-1) ?? patch.name)} that excites unit ${unit}`
        if (picture !== undefined)
          pictures.push(element('img', { src: picture.address, alt, width: side, height: side }))
      }
      items.push(unitItem(unit, share, pictures))
    }
    sections.push(
      element('h4', {}, `${shown(name)} (${counted(examples, 'picture')})`),
      element('ul', { class: 'heats' }, ...items),
    )
  }
  return [
    element('h3', {}, 'Units that carry most of each class'),
    element(
      'p',
      { class: 'quiet' },
      `Units of ${shown(units.block)}, of ${units.channels}: the part of all that passes through the block towards the class (conductance from the mean colour, ` +
        `up to ${units.nodes} nodes, which miss ${missedWords(units.missed)} of the change in the median picture and ${missedWords(units.missedMost)} at most), with its 95 % interval over the pictures of the class that are named right. ` +
        'Pictures: where the unit is largest.',
    ),
    ...sections,
  ]
}

const missedWords = (part: number): string => `${(100 * part).toFixed(part < 0.1 ? 2 : 0)} %`

const unitItem = (unit: number, share: Measured, pictures: readonly Markup[]): Markup =>
  element(
    'li',
    {},
    element('div', { class: 'pair' }, ...pictures),
    element('strong', {}, `unit ${unit}`),
    element('span', {}, `${measuredWords(share)} %`),
  )
