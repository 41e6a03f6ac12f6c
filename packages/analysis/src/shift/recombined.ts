import { foldIn, permutation, ShapeError, type Key } from '@ptu/core'
import { countOf, type Dataset } from '@ptu/data'

import { asBytes, checkImage, imageSize, type ImageSize } from './image.ts'

/** Complex numbers as two lists. */
interface Complex {
  readonly real: Float64Array
  readonly imaginary: Float64Array
}

/** The discrete Fourier transform along one axis of a plane, `Σ_n x_n · exp(∓2πi·kn/N)`, without a factor. */
const alongAxis = (
  { real, imaginary }: Complex,
  [height, width]: readonly [number, number],
  down: boolean,
  sign: number,
): Complex => {
  const [length, lines] = down ? [height, width] : [width, height]
  const [step, stride] = down ? [width, 1] : [1, width]
  const cosines = Float64Array.from({ length }, (_, i) => Math.cos((2 * Math.PI * i) / length))
  const sines = Float64Array.from({ length }, (_, i) => sign * Math.sin((2 * Math.PI * i) / length))
  const out = { real: new Float64Array(real.length), imaginary: new Float64Array(real.length) }
  for (let line = 0; line < lines; line++)
    for (let k = 0; k < length; k++) {
      let [a, b] = [0, 0]
      for (let n = 0, turn = 0; n < length; n++, turn = turn + k >= length ? turn + k - length : turn + k) {
        const at = line * stride + n * step
        const [re, im, cosine, sine] = [
          real[at] as number,
          imaginary[at] as number,
          cosines[turn] as number,
          sines[turn] as number,
        ]
        a += re * cosine - im * sine
        b += re * sine + im * cosine
      }
      out.real[line * stride + k * step] = a
      out.imaginary[line * stride + k * step] = b
    }
  return out
}

const transform = (plane: Complex, size: readonly [number, number], sign: number): Complex =>
  alongAxis(alongAxis(plane, size, true, sign), size, false, sign)

const planeOf = (values: ArrayLike<number>, { height, width, channels }: ImageSize, channel: number): Complex => ({
  real: Float64Array.from({ length: height * width }, (_, i) => values[i * channels + channel] as number),
  imaginary: new Float64Array(height * width),
})

/**
 * The image with the phases of one image and the amplitudes of another, channel by channel: shapes are of the first,
 * textures and colours of the second.
 *
 * Values are before rounding to bytes. Takes time `height · width · (height + width)` per channel. Throws `ShapeError`
 * unless both images have the size.
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
    const own = transform(planeOf(phases, size, c), [height, width], -1)
    const other = transform(planeOf(amplitudes, size, c), [height, width], -1)
    const mixed = { real: new Float64Array(height * width), imaginary: new Float64Array(height * width) }
    for (let i = 0; i < height * width; i++) {
      const amplitude = Math.hypot(other.real[i] as number, other.imaginary[i] as number)
      const phase = Math.atan2(own.imaginary[i] as number, own.real[i] as number)
      mixed.real[i] = amplitude * Math.cos(phase)
      mixed.imaginary[i] = amplitude * Math.sin(phase)
    }
    const back = transform(mixed, [height, width], 1).real
    for (let i = 0; i < height * width; i++) out[i * channels + c] = (back[i] as number) / (height * width)
  }
  return out
}

/**
 * A set in which each image keeps its phases and its label, and takes the amplitudes of another image of the set: as
 * augmentation, and as a test of what a network reads.
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
