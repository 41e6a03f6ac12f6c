import { imagePixels, type Dataset } from '@ptu/data'
import { printable, type Example, type TrainedModel } from '@ptu/experiments'
import { encode } from 'fast-png'

import { percent } from '../format.ts'
import { element, type Markup } from './markup.ts'
import { below, shown, some } from './train-report-text.ts'

/** The longest side of a thumbnail in pixels. */
const side = 96

/** A picture as the address of its own bytes, and its size. */
export interface Thumbnail {
  readonly address: string
  readonly width: number
  readonly height: number
}

/** Examples that are shown together. */
export interface Gallery {
  readonly title: string
  readonly explanation: string
  readonly examples: readonly Example[]
  /** The number of pictures that are shown at most. */
  readonly limit: number
  /** The folder from which paths are told. */
  readonly folder: string
}

/** Examples as pictures with their file names. An example whose pixels are not at hand is shown as text. */
export const galleryOf = async (
  { title, explanation, examples, limit, folder }: Gallery,
  { examples: dataset, files }: Pick<TrainedModel, 'examples' | 'files'>,
): Promise<readonly Markup[]> => {
  if (examples.length === 0) return []
  const few = examples.slice(0, limit)
  const figures: Markup[] = []
  for (const example of few) {
    const picture = await thumbnailOf(dataset, files.indexOf(example.file))
    figures.push(figureOf({ ...example, file: below(folder, example.file) }, picture))
  }
  return [
    element('h2', {}, title),
    element('p', { class: 'quiet' }, `${explanation} Shown: ${some(few.length, examples.length)}.`),
    element('ul', { class: few.some((example) => example.shown !== undefined) ? 'rows' : 'thumbnails' }, ...figures),
  ]
}

const figureOf = (
  { file, shown: row, given, taken, probability, confidence }: Example,
  picture: Thumbnail | undefined,
): Markup => {
  const said =
    given === taken
      ? `labelled and taken for ${shown(given)}, ${percent(confidence)} %`
      : `labelled ${shown(given)} (${percent(probability)} %), taken for ${shown(taken)} (${percent(confidence)} %)`
  const { address: src, width, height } = picture ?? { address: undefined }
  const image = src === undefined ? [] : [element('img', { src, width, height, alt: `${shown(file)}, ${said}` })]
  const content = row === undefined ? [] : [element('q', {}, printable(row))]
  return element('li', {}, ...image, element('strong', {}, shown(file)), ...content, element('span', {}, said))
}

/** A PNG of an example's pixels, at most 96 pixels a side; undefined where an example is no image. */
export const thumbnailOf = async (dataset: Dataset, place: number): Promise<Thumbnail | undefined> => {
  const { features, shape } = dataset
  const [height = 0, width = 0, channels = 0] = shape
  if (place < 0 || !(features instanceof Uint8Array) || shape.length !== 3 || (channels !== 1 && channels !== 3))
    return undefined
  const length = height * width * channels
  const whole = encode({ width, height, channels, data: features.slice(place * length, (place + 1) * length) })
  const factor = Math.min(1, side / Math.max(height, width))
  const size = [Math.max(1, Math.round(factor * height)), Math.max(1, Math.round(factor * width))] as const
  const data = await imagePixels(whole, { size, channels, fit: 'squash' })
  const png = encode({ width: size[1], height: size[0], channels, data })
  return {
    address: `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
    width: size[1],
    height: size[0],
  }
}
