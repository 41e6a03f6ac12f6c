/** Red, green and blue, each from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number]

/** White: the colour under transparent parts, unless another one is asked for. */
export const white: Colour = [255, 255, 255]

/** Height and width, in pixels. */
export type Size = readonly [height: number, width: number]

/**
 * A decoded image: `rgba` holds red, green, blue and opacity of each pixel, a byte each.
 *
 * The pixel in row `y` and column `x` is the one at place `first + y · down + x · right` of `rgba`, counted in pixels, so
 * that a turned image is another way of reading the same bytes.
 */
export interface Raster {
  readonly height: number
  readonly width: number
  readonly rgba: Uint8Array
  readonly first: number
  readonly down: number
  readonly right: number
}

/** An image whose rows lie one after another. */
export const rasterOf = (height: number, width: number, rgba: Uint8Array): Raster => ({
  height,
  width,
  rgba,
  first: 0,
  down: width,
  right: 1,
})

/**
 * Writes one row of an image on a ground into `out`, as `[width, channels]`: red, green and blue, or one brightness.
 *
 * `c' = c · a + g · (1 - a)` with opacity `a` from 0 to 1 and the ground `g`; brightness is
 * `0.299 red + 0.587 green + 0.114 blue`.
 *
 * References:
 *   ITU-R, "Recommendation BT.601-7", 2011, §2.5.1, https://www.itu.int/rec/R-REC-BT.601
 */
export const flattenRow = (
  { rgba, first, down, right, width }: Raster,
  row: number,
  ground: Colour,
  channels: 1 | 3,
  out: Float32Array | Uint8Array,
): void => {
  const [groundRed, groundGreen, groundBlue] = ground
  let at = 4 * (first + row * down)
  for (let x = 0; x < width; x++, at += 4 * right) {
    let red = rgba[at] as number
    let green = rgba[at + 1] as number
    let blue = rgba[at + 2] as number
    const opacity = (rgba[at + 3] as number) / 255
    if (opacity < 1) {
      red = red * opacity + groundRed * (1 - opacity)
      green = green * opacity + groundGreen * (1 - opacity)
      blue = blue * opacity + groundBlue * (1 - opacity)
    }
    if (channels === 1) {
      out[x] = 0.299 * red + 0.587 * green + 0.114 * blue
    } else {
      out[3 * x] = red
      out[3 * x + 1] = green
      out[3 * x + 2] = blue
    }
  }
}

/** The whole image on a ground as `[height, width, channels]` bytes. */
export const flatten = (raster: Raster, ground: Colour, channels: 1 | 3): Uint8Array => {
  const length = raster.width * channels
  const row = new Float32Array(length)
  const out = new Uint8Array(raster.height * length)
  for (let y = 0; y < raster.height; y++) {
    flattenRow(raster, y, ground, channels, row)
    for (let i = 0; i < length; i++) out[y * length + i] = Math.round(row[i] as number)
  }
  return out
}
