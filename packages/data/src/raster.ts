/** A decoded image: `rgba` is `[height, width, 4]` bytes, red, green, blue, opacity. */
export interface Raster {
  readonly height: number
  readonly width: number
  readonly rgba: Uint8Array
}

/**
 * The image on a white ground as `[height, width, channels]`: red, green and blue, or one channel of brightness.
 *
 * `c' = (c · a + 255 · (255 - a)) / 255`; brightness is `0.299 red + 0.587 green + 0.114 blue`.
 *
 * References:
 *   ITU-R, "Recommendation BT.601-7", 2011, §2.5.1, https://www.itu.int/rec/R-REC-BT.601
 */
export const onWhite = ({ height, width, rgba }: Raster, channels: 1 | 3): Float32Array => {
  const out = new Float32Array(height * width * channels)
  for (let i = 0; i < height * width; i++) {
    const opacity = (rgba[4 * i + 3] as number) / 255
    const ground = 255 * (1 - opacity)
    const red = (rgba[4 * i] as number) * opacity + ground
    const green = (rgba[4 * i + 1] as number) * opacity + ground
    const blue = (rgba[4 * i + 2] as number) * opacity + ground
    out[channels * i] = channels === 1 ? 0.299 * red + 0.587 * green + 0.114 * blue : red
    if (channels === 1) continue
    out[3 * i + 1] = green
    out[3 * i + 2] = blue
  }
  return out
}

/** Which inputs make one output along an axis, and how much each counts. */
interface Tap {
  readonly from: number
  readonly weights: readonly number[]
}

/**
 * The taps of a triangle filter for an axis that goes from `before` to `after` pixels.
 *
 * Centres lie at half pixels. The triangle is 1 pixel wide on either side, and wider by the factor of shrinking, so that
 * every input counts: bilinear interpolation when growing, no aliasing when shrinking.
 */
const taps = (before: number, after: number): readonly Tap[] => {
  const ratio = before / after
  const reach = Math.max(1, ratio)
  return Array.from({ length: after }, (_, i) => {
    const centre = (i + 0.5) * ratio
    const from = Math.max(0, Math.floor(centre - reach))
    const to = Math.min(before, Math.ceil(centre + reach))
    const raw = Array.from({ length: to - from }, (_, j) =>
      Math.max(0, 1 - Math.abs((from + j + 0.5 - centre) / reach)),
    )
    const total = raw.reduce((sum, weight) => sum + weight, 0)
    return { from, weights: raw.map((weight) => weight / total) }
  })
}

/** Resizes the middle axis of `[outer, before, inner]` to `after`. */
const resizeAxis = (
  pixels: Float32Array,
  outer: number,
  before: number,
  after: number,
  inner: number,
): Float32Array => {
  const out = new Float32Array(outer * after * inner)
  const plan = taps(before, after)
  for (let o = 0; o < outer; o++)
    plan.forEach(({ from, weights }, i) => {
      const to = (o * after + i) * inner
      weights.forEach((weight, j) => {
        const source = (o * before + from + j) * inner
        for (let k = 0; k < inner; k++) out[to + k] = (out[to + k] as number) + weight * (pixels[source + k] as number)
      })
    })
  return out
}

/** Height and width, in pixels. */
export type Size = readonly [height: number, width: number]

/** Resizes `[height, width, channels]` with a triangle filter, which is bilinear when growing. */
export const resize = (pixels: Float32Array, from: Size, to: Size, channels: number): Float32Array =>
  resizeAxis(resizeAxis(pixels, from[0], from[1], to[1], channels), 1, from[0], to[0], to[1] * channels)
