import { foldIn, OptionError, uniforms, type Key } from '@ptu/core'

import { countOf, type Dataset } from './dataset.ts'
import { asBytes, imageSize, type ImageSize } from './image-size.ts'
import { recombined } from './recombined.ts'

/** The strengths of the changes to images; a change that is not given, or 0, is left out. */
export interface Augmentation {
  /** The probability that an image is mirrored, left to right, from 0 to 1. Not for digits and letters. */
  readonly flip?: number
  /** The farthest move along each axis, as a part of its length, from 0 to 1; the edge is repeated. */
  readonly shift?: number
  /** The largest part of each side that is cut away before the rest is enlarged again, from 0 to 0.99. */
  readonly crop?: number
  /** The most by which brightness, contrast and saturation change, as a part of them, from 0 to 1. */
  readonly colour?: number
  /**
   * The probability that an image keeps its phases, so its shapes, and takes the amplitudes of a second change of itself, drawn
   * by the strengths above; from 0 to 1. One of shift, crop and colour has to be given: a mirrored image has the same amplitudes.
   */
  readonly amplitudes?: number
}

type Strengths = Readonly<Record<keyof Augmentation, number>>

/** The largest strengths; a cut must leave something. */
const most: Strengths = { flip: 1, shift: 1, crop: 0.99, colour: 1, amplitudes: 1 }

const strengthsOf = (augmentation: Augmentation): Strengths => {
  const strengths = { flip: 0, shift: 0, crop: 0, colour: 0, amplitudes: 0, ...augmentation }
  for (const name of Object.keys(most) as (keyof Strengths)[])
    if (!(strengths[name] >= 0 && strengths[name] <= most[name]))
      throw new OptionError(`augmented: expected ${name} from 0 to ${most[name]}, got ${strengths[name]}`)
  if (strengths.amplitudes > 0 && strengths.shift + strengths.crop + strengths.colour === 0)
    throw new OptionError(
      'augmented: expected shift, crop or colour beside amplitudes, which come from a changed image',
    )
  return strengths
}

/**
 * The places that pixels of the changed image come from along an axis: `scale · (i + 0.5) + offset - 0.5` for pixel
 * `i`.
 */
interface Axis {
  readonly length: number
  readonly scale: number
  readonly offset: number
}

/** The numbers that one image is changed by, each uniform in [0, 1) and in a place of its own. */
interface Draw {
  readonly flip: number
  readonly down: number
  readonly right: number
  readonly scale: number
  readonly top: number
  readonly left: number
  readonly brightness: number
  readonly contrast: number
  readonly saturation: number
}

const drawOf = (key: Key): Draw => {
  const [flip, down, right, scale, top, left, brightness, contrast, saturation] = uniforms(key, 9) as unknown as Nine
  return { flip, down, right, scale, top, left, brightness, contrast, saturation }
}

type Nine = readonly [number, number, number, number, number, number, number, number, number]

/** A whole number of pixels from `-most` to `most`, each as likely as another. */
const wholeShift = (uniform: number, most: number): number => Math.floor(uniform * (2 * most + 1)) - most

const axisOf = (length: number, scale: number, place: number, move: number, mirror: boolean): Axis => {
  const offset = (1 - scale) * length * place - scale * move
  return mirror ? { length, scale: -scale, offset: offset + scale * length } : { length, scale, offset }
}

/** The two neighbours of each pixel along an axis, held at the edges, and the weight of the second. */
const neighbours = ({ length, scale, offset }: Axis): readonly (readonly [number, number, number])[] =>
  Array.from({ length }, (_, i) => {
    const at = Math.min(Math.max((i + 0.5) * scale + offset - 0.5, 0), length - 1)
    const below = Math.floor(at)
    return [below, Math.min(below + 1, length - 1), at - below]
  })

/** Reads an image along two axes, bilinearly. */
const sampled = (pixels: ArrayLike<number>, rows: Axis, columns: Axis, channels: number): Float32Array => {
  const out = new Float32Array(pixels.length)
  const across = neighbours(columns)
  let to = 0
  for (const [above, under, down] of neighbours(rows))
    for (const [left, right, part] of across)
      for (let c = 0; c < channels; c++) {
        const read = (row: number, column: number): number =>
          pixels[(row * columns.length + column) * channels + c] as number
        const top = read(above, left) * (1 - part) + read(above, right) * part
        const bottom = read(under, left) * (1 - part) + read(under, right) * part
        out[to++] = top * (1 - down) + bottom * down
      }
  return out
}

const brightnessAt = (pixels: Float32Array, i: number, channels: number): number =>
  channels === 1
    ? (pixels[i] as number)
    : 0.299 * (pixels[i] as number) + 0.587 * (pixels[i + 1] as number) + 0.114 * (pixels[i + 2] as number)

const meanBrightness = (pixels: Float32Array, channels: number): number => {
  let sum = 0
  for (let i = 0; i < pixels.length; i += channels) sum += brightnessAt(pixels, i, channels)
  return (sum * channels) / pixels.length
}

/** A factor from `1 - strength` to `1 + strength`. */
const factorOf = (uniform: number, strength: number): number => 1 + strength * (2 * uniform - 1)

/** Changes brightness, contrast around the mean, and saturation, in place. */
const recolour = (pixels: Float32Array, draw: Draw, strength: number, channels: number): void => {
  const brightness = factorOf(draw.brightness, strength)
  const contrast = factorOf(draw.contrast, strength)
  const saturation = factorOf(draw.saturation, strength)
  const mean = meanBrightness(pixels, channels) * brightness
  for (let i = 0; i < pixels.length; i += channels) {
    const grey = brightnessAt(pixels, i, channels)
    for (let c = i; c < i + channels; c++) {
      const coloured = (grey + ((pixels[c] as number) - grey) * saturation) * brightness
      pixels[c] = mean + (coloured - mean) * contrast
    }
  }
}

/** The image changed by one draw. */
const moved = (
  key: Key,
  pixels: ArrayLike<number>,
  { height, width, channels }: ImageSize,
  { flip, shift, crop, colour }: Strengths,
): Float32Array => {
  const draw = drawOf(key)
  const scale = 1 - crop * draw.scale
  const rows = axisOf(height, scale, draw.top, wholeShift(draw.down, Math.floor(shift * height)), false)
  const columns = axisOf(width, scale, draw.left, wholeShift(draw.right, Math.floor(shift * width)), draw.flip < flip)
  const out = sampled(pixels, rows, columns, channels)
  if (colour > 0) recolour(out, draw, colour, channels)
  return out
}

const changed = (key: Key, pixels: ArrayLike<number>, size: ImageSize, strengths: Strengths): Uint8Array => {
  const own = moved(key, pixels, size, strengths)
  const [takes = 1] = uniforms(foldIn(key, 1), 1)
  if (!(takes < strengths.amplitudes)) return asBytes(own)
  return asBytes(recombined(own, moved(foldIn(key, 2), pixels, size, strengths), size))
}

/**
 * Changes each image of a set at random, so that a network sees it anew: mirrored, moved, cut and enlarged, recoloured.
 *
 * The key `foldIn(key, i)` alone decides how example `i` changes, whatever the other examples are. With `u` uniform in
 * [0, 1), a cut keeps the part `1 - crop · u` of both sides at a random place and reads it bilinearly; a shift moves by
 * whole pixels; brightness, contrast and saturation are each multiplied by a factor from `1 - colour` to `1 + colour`.
 * With amplitudes, the image as changed keeps its phases and takes the amplitudes of itself as changed by a second draw.
 * Nothing is changed unless it is asked for; labels stay.
 *
 * Throws `ShapeError` unless examples are bytes of `[height, width, 1 or 3]`, and `OptionError` for a strength outside
 * [0, 1] or amplitudes without another change.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1, 3, 1], features: Uint8Array.of(1, 2, 3), labels: Int32Array.of(0), classes: ['a'] }
 * expect([...augmented(key(0), set, { flip: 1 }).features]).toEqual([3, 2, 1])
 * expect(augmented(key(0), set, {})).toEqual(set)
 * ```
 *
 * References:
 *   Shorten & Khoshgoftaar, "A survey on Image Data Augmentation for Deep Learning", J. Big Data 6, 2019, §Data augmentation
 *   techniques, https://doi.org/10.1186/s40537-019-0197-0
 *   Chen, Peng, Ma, Li, Du & Tian, "Amplitude-phase recombination", ICCV 2021, §4.2 (amplitudes of one image), https://arxiv.org/abs/2108.08487
 */
export const augmented = (key: Key, dataset: Dataset, augmentation: Augmentation): Dataset => {
  const strengths = strengthsOf(augmentation)
  const size = imageSize(dataset)
  const { features } = dataset
  const length = size.height * size.width * size.channels
  const out = new Uint8Array(features.length)
  for (let i = 0; i < countOf(dataset); i++)
    out.set(changed(foldIn(key, i), features.subarray(i * length, (i + 1) * length), size, strengths), i * length)
  return { ...dataset, features: out }
}
