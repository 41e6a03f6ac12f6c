import { foldIn, permutation, ShapeError, type Key } from '@ptu/core'

import { countOf, type Dataset } from './dataset.ts'
import { fourier, type Complex } from './fourier.ts'
import { asBytes, checkImage, imageSize, type ImageSize } from './image-size.ts'

/** The transforms of a channel of two images at once: of the numbers `first + i · second`. */
const transformedPair = (
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  { height, width, channels }: ImageSize,
  channel: number,
): Complex => {
  const planeOf = (values: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: height * width }, (_, i) => values[i * channels + channel] as number)
  return fourier({ real: planeOf(first), imaginary: planeOf(second) }, [height, width], -1)
}

/**
 * The phases of the first of two real images with the amplitudes of the second. With `Z` their transform as one and `Z'` the conjugate of `Z`
 * at the opposite frequency, the first has the transform `(Z + Z') / 2` and the second `(Z − Z') / 2i`.
 */
const exchanged = ({ real, imaginary }: Complex, height: number, width: number): Complex => {
  const mixed = { real: new Float64Array(real.length), imaginary: new Float64Array(real.length) }
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [at, opposite] = [y * width + x, ((height - y) % height) * width + ((width - x) % width)]
      const [a, b] = [real[at] as number, imaginary[at] as number]
      const [c, d] = [real[opposite] as number, -(imaginary[opposite] as number)]
      const amplitude = Math.hypot(a - c, b - d) / 2
      const phase = Math.atan2(b + d, a + c)
      mixed.real[at] = amplitude * Math.cos(phase)
      mixed.imaginary[at] = amplitude * Math.sin(phase)
    }
  return mixed
}

/**
 * The image with the phases of one image and the amplitudes of another, channel by channel: shapes are of the first,
 * textures and colours of the second.
 *
 * Values are before rounding to bytes. Throws `ShapeError` unless both images have the size, and `OptionError` unless all
 * values are finite.
 *
 * References:
 *   Chen, Peng, Ma, Li, Du & Tian, "Amplitude-phase recombination: rethinking robustness of convolutional neural networks in frequency domain", ICCV 2021, §4, https://arxiv.org/abs/2108.08487
 *
 * @example
 * ```ts
 * const image = Float64Array.of(1, 2, 3, 5)
 * const same = recombined(image, image, { height: 2, width: 2, channels: 1 })
 * same.forEach((value, i) => expect(value).toBeCloseTo(image[i]!, 10))
 * ```
 */
export const recombined = (phases: ArrayLike<number>, amplitudes: ArrayLike<number>, size: ImageSize): Float64Array => {
  checkImage(phases, size)
  checkImage(amplitudes, size)
  const { height, width, channels } = size
  const out = new Float64Array(height * width * channels)
  for (let c = 0; c < channels; c++) {
    const mixed = exchanged(transformedPair(phases, amplitudes, size, c), height, width)
    const { real } = fourier(mixed, [height, width], 1)
    for (let i = 0; i < height * width; i++) out[i * channels + c] = (real[i] as number) / (height * width)
  }
  return out
}

/**
 * A set in which each image keeps its phases and its label, and takes the amplitudes of another image of the set: a test of
 * what a network reads, and augmentation where no image is held out.
 *
 * `foldIn(key, 0)` draws the order in which amplitudes are handed on. Throws `ShapeError` unless there are at least two
 * images, bytes of `[height, width, 1 or 3]`.
 */
export const amplitudesSwapped = (key: Key, dataset: Dataset): Dataset => {
  const size = imageSize(dataset)
  const count = countOf(dataset)
  if (count < 2) throw new ShapeError(`expected at least 2 images to recombine, got ${String(count)}`)
  const order = permutation(foldIn(key, 0), count)
  const length = size.height * size.width * size.channels
  const features = new Uint8Array(dataset.features.length)
  const imageAt = (i: number) => dataset.features.subarray(i * length, (i + 1) * length)
  order.forEach((example, i) => {
    const other = order[(i + 1) % count] as number
    features.set(asBytes(recombined(imageAt(example), imageAt(other), size)), example * length)
  })
  return { ...dataset, features }
}
