import { flattenRow, type Colour, type Raster, type Size } from './raster.ts'

/** The inputs of each output along an axis, and their weights. */
interface Taps {
  /** The first input of each output. */
  readonly from: readonly number[]
  readonly weights: readonly Float64Array[]
}

/**
 * The taps of a triangle filter for an axis that goes from `before` to `after` pixels, for `count` outputs from `start` on.
 *
 * Centres lie at half pixels. The triangle is 1 pixel wide on either side, and wider by the factor of shrinking, so that
 * every input counts: bilinear interpolation when growing, no aliasing when shrinking.
 */
const tapsOf = (before: number, after: number, start: number, count: number): Taps => {
  const ratio = before / after
  const reach = Math.max(1, ratio)
  const from: number[] = []
  const weights: Float64Array[] = []
  for (let i = start; i < start + count; i++) {
    const centre = (i + 0.5) * ratio
    const first = Math.max(0, Math.floor(centre - reach))
    const last = Math.min(before, Math.ceil(centre + reach))
    const raw = Float64Array.from({ length: last - first }, (_, j) =>
      Math.max(0, 1 - Math.abs((first + j + 0.5 - centre) / reach)),
    )
    const total = raw.reduce((sum, weight) => sum + weight, 0)
    from.push(first)
    weights.push(raw.map((weight) => weight / total))
  }
  return { from, weights }
}

/** Adds to `out`, from `to` on, `count` numbers of `pixels` from `at` on, weighted. */
const addWeighted = (
  out: Float32Array,
  to: number,
  pixels: Float32Array,
  at: number,
  count: number,
  weight: number,
): void => {
  for (let k = 0; k < count; k++) out[to + k] = (out[to + k] as number) + weight * (pixels[at + k] as number)
}

/** The rows `[first, last)` of an image, resampled along the width: `[last - first, width, channels]`. */
const resampleRows = (
  raster: Raster,
  [first, last]: readonly [number, number],
  { from, weights }: Taps,
  ground: Colour,
  channels: 1 | 3,
): Float32Array => {
  const row = new Float32Array(raster.width * channels)
  const out = new Float32Array((last - first) * from.length * channels)
  for (let y = first; y < last; y++) {
    flattenRow(raster, y, ground, channels, row)
    for (let i = 0; i < from.length; i++) {
      const to = ((y - first) * from.length + i) * channels
      const taps = weights[i] as Float64Array
      for (let j = 0; j < taps.length; j++)
        addWeighted(out, to, row, ((from[i] as number) + j) * channels, channels, taps[j] as number)
    }
  }
  return out
}

/** A part of an image: the row and the column where it begins, and its size. */
export interface Part {
  readonly top: number
  readonly left: number
  readonly size: Size
}

/**
 * Resizes an image to `to` with a triangle filter and cuts `part` out of it; nothing outside the part is computed.
 *
 * Returns `[height, width, channels]` numbers from 0 to 255, not rounded. Transparent parts are laid on `ground` first.
 */
export const resample = (raster: Raster, to: Size, part: Part, ground: Colour, channels: 1 | 3): Float32Array => {
  const [height, width] = part.size
  const across = tapsOf(raster.width, to[1], part.left, width)
  const down = tapsOf(raster.height, to[0], part.top, height)
  const first = down.from[0] as number
  const last = (down.from[height - 1] as number) + (down.weights[height - 1] as Float64Array).length
  const rows = resampleRows(raster, [first, last], across, ground, channels)
  const length = width * channels
  const out = new Float32Array(height * length)
  for (let i = 0; i < height; i++) {
    const taps = down.weights[i] as Float64Array
    for (let j = 0; j < taps.length; j++)
      addWeighted(out, i * length, rows, ((down.from[i] as number) + j - first) * length, length, taps[j] as number)
  }
  return out
}
