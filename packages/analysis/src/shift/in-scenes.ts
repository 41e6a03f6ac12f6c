import { foldIn, uniforms, type Key } from '@ptu/core'
import { countOf, type Dataset, imageSize, type ImageSize } from '@ptu/data'

import { scene, type Cutout, type Placement } from './scene.ts'

/** The largest difference to the colour of the border, in grey values, of what counts as background. */
const near = 12

/** The median of each channel along the border of an image: the colour of its background, if it has one. */
const borderColour = (pixels: ArrayLike<number>, { height, width, channels }: ImageSize): readonly number[] => {
  const border = Array.from({ length: height * width }, (_, i) => i).filter((i) => {
    const [row, column] = [Math.floor(i / width), i % width]
    return row === 0 || row === height - 1 || column === 0 || column === width - 1
  })
  return Array.from({ length: channels }, (_, c) => {
    const values = border.map((i) => pixels[i * channels + c] as number).toSorted((a, b) => a - b)
    return values[Math.floor(values.length / 2)] as number
  })
}

/** The image as a cut-out: opaque, but for the pixels that have the colour of its border. */
const cutoutOf = (pixels: ArrayLike<number>, size: ImageSize): Cutout => {
  const { height, width, channels } = size
  const colour = borderColour(pixels, size)
  const cut = new Uint8Array(height * width * 4)
  for (let i = 0; i < height * width; i++) {
    const own = colour.map((_, c) => pixels[i * channels + c] as number)
    const isObject = own.some((value, c) => Math.abs(value - (colour[c] as number)) > near)
    cut.set([own[0] as number, own[1] ?? (own[0] as number), own[2] ?? (own[0] as number), isObject ? 255 : 0], 4 * i)
  }
  return { height, width, pixels: cut }
}

/** A background that runs from one colour that is drawn at the top to another at the bottom. */
const gradientOf = (key: Key, { height, width, channels }: ImageSize): Uint8Array => {
  const ends = uniforms(key, 2 * channels)
  const colourAt = (end: number, c: number): number => ends[end * channels + (channels === 1 ? 0 : c)] as number
  return Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [down, c] = [Math.floor(i / (3 * width)) / Math.max(height - 1, 1), i % 3]
    return Math.round(255 * ((1 - down) * colourAt(0, c) + down * colourAt(1, c)))
  })
}

/**
 * A set in which the object of each image lies at a place of a scene, on a background that runs between two colours.
 *
 * The object is what differs from the colour of the image's border: a digit, an emoji, a stamp. Where the border has many
 * colours, as in most photographs, nearly the whole image is the object. `foldIn(key, i)` draws the background of image `i`.
 * Throws `ShapeError` unless examples are bytes of `[height, width, 1 or 3]`, and `OptionError` for a placement out of range.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [3, 3, 1], features: Uint8Array.of(0, 0, 0, 0, 255, 0, 0, 0, 0), labels: Int32Array.of(0), classes: ['a', 'b'] }
 * expect(inScenes(key(0), set, { area: 1 }).features[4]).toBe(255)
 * ```
 */
export const inScenes = (key: Key, dataset: Dataset, placement: Placement): Dataset => {
  const size = imageSize(dataset)
  const length = size.height * size.width * size.channels
  const features = new Uint8Array(countOf(dataset) * length)
  for (let i = 0; i < countOf(dataset); i++) {
    const cutout = cutoutOf(dataset.features.subarray(i * length, (i + 1) * length), size)
    const made = scene(cutout, gradientOf(foldIn(key, i), size), size, placement)
    features.set(size.channels === 3 ? made : made.filter((_, at) => at % 3 === 0), i * length)
  }
  return { ...dataset, features }
}
