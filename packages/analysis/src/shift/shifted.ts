import { foldIn, OptionError, type Key } from '@ptu/core'
import { asBytes, countOf, type Dataset, imageSize } from '@ptu/data'

import { blurred } from './blur.ts'
import { movedBy } from './image.ts'
import type { ImageShift } from './image-shifts.ts'

/** Images changed one by one; `change` is told the place of each. */
const eachImage = (dataset: Dataset, change: (pixels: Uint8Array, example: number) => ArrayLike<number>): Dataset => {
  const { height, width, channels } = imageSize(dataset)
  const length = height * width * channels
  const pixels = Uint8Array.from(dataset.features)
  const features = new Uint8Array(pixels.length)
  for (let i = 0; i < countOf(dataset); i++)
    features.set(asBytes(change(pixels.slice(i * length, (i + 1) * length), i)), i * length)
  return { ...dataset, features }
}

/**
 * Changes every image of a set by a shift of a severity from 1 to 5.
 *
 * What is random about image `i` comes from `foldIn(key, i)` alone, so that the same image is changed alike whatever
 * the others are. Labels stay. Throws `ShapeError` unless examples are bytes of `[height, width, 1 or 3]`, and
 * `OptionError` for another severity.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1, 2, 1], features: Uint8Array.of(0, 200), labels: Int32Array.of(0), classes: ['a', 'b'] }
 * const contrast = imageShifts.find(({ name }) => name === 'contrast')
 * expect([...shifted(key(0), set, contrast!, 2).features]).toEqual([60, 140])
 * ```
 */
export const shifted = (key: Key, dataset: Dataset, { change, strengths }: ImageShift, severity: number): Dataset => {
  const size = imageSize(dataset)
  const strength = Number.isInteger(severity) ? strengths[severity - 1] : undefined
  if (strength === undefined) throw new OptionError(`expected a severity from 1 to 5, got ${String(severity)}`)
  return eachImage(dataset, (pixels, i) => change(foldIn(key, i), pixels, size, strength))
}

/**
 * Images as a camera of a part of the resolution gives them: smoothed, read at fewer places, and enlarged to their size
 * again, bilinearly.
 *
 * Throws `ShapeError` unless examples are images, and `OptionError` unless the part is above 0 and at most 1.
 */
export const atResolution = (dataset: Dataset, part: number): Dataset => {
  const size = imageSize(dataset)
  if (!(part > 0 && part <= 1))
    throw new OptionError(`expected a part of the resolution above 0 and at most 1, got ${String(part)}`)
  const small = {
    height: Math.max(1, Math.round(part * size.height)),
    width: Math.max(1, Math.round(part * size.width)),
    channels: size.channels,
  }
  const [down, across] = [size.height / small.height, size.width / small.width]
  if (down === 1 && across === 1) return eachImage(dataset, (pixels) => pixels)
  return eachImage(dataset, (pixels) => {
    const near = blurred(pixels, size, Math.max(down, across) / 2)
    const read = movedBy(near, size, (y, x) => [(y + 0.5) * down - 0.5, (x + 0.5) * across - 0.5])
    const kept = Float64Array.from({ length: small.height * small.width * small.channels }, (_, i) => {
      const pixel = Math.floor(i / small.channels)
      const [row, column] = [Math.floor(pixel / small.width), pixel % small.width]
      return read[(row * size.width + column) * size.channels + (i % small.channels)] as number
    })
    return movedBy(enlarged(kept, small, size), size, (y, x) => [(y + 0.5) / down - 0.5, (x + 0.5) / across - 0.5])
  })
}

/** A small image in the corner of a large one whose rest repeats its edge. */
const enlarged = (
  kept: Float64Array,
  small: { readonly height: number; readonly width: number; readonly channels: number },
  size: { readonly height: number; readonly width: number },
): Float64Array =>
  Float64Array.from({ length: size.height * size.width * small.channels }, (_, i) => {
    const pixel = Math.floor(i / small.channels)
    const row = Math.min(Math.floor(pixel / size.width), small.height - 1)
    const column = Math.min(pixel % size.width, small.width - 1)
    return kept[(row * small.width + column) * small.channels + (i % small.channels)] as number
  })
