import { dataKindOf, type TrainResults } from '@ptu/experiments'

import { counted } from '../format.ts'
import { element, type Markup } from './markup.ts'
import { shown } from './train-report-text.ts'
import { timeWords } from './train-report-words.ts'

const augmentationWords = ({ changes, copies }: TrainResults['augmentation']): string =>
  copies === 0 ? 'none' : `${copies} (${changes.join(', ')})`

/** The settings of a training, with all that its numbers depend on. */
export const settingsList = (results: TrainResults): Markup => {
  const { source, data, shipped, versions } = results
  const entries: Readonly<Record<string, string>> = {
    ...(data.inputs !== undefined && { inputs: data.inputs }),
    source: source.title,
    'source network': `${counted(source.blocks.length, 'block')}, ${source.parameters} parameters`,
    'blocks that stayed as they are': String(data.frozen),
    'data digest': data.digest,
    method: shipped.method,
    rate: String(shipped.held.rate),
    steps: String(shipped.steps),
    ...(dataKindOf(data.kind).arePictures && {
      'changed copies of each image': augmentationWords(results.augmentation),
    }),
    time: timeWords(results),
    ...versions,
  }
  return element(
    'dl',
    {},
    ...Object.entries(entries).flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, shown(value))]),
  )
}
