import type { ImageSize } from '@ptu/data'

/** A Gaussian of standard deviation `sigma`, cut off at four of them and adding up to 1. */
const gaussian = (sigma: number): Float64Array => {
  const radius = Math.floor(4 * sigma + 0.5)
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  )
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / sum)
}

/** Averages along one axis with weights; the edge is repeated. */
const averaged = (
  values: ArrayLike<number>,
  { height, width, channels }: ImageSize,
  weights: Float64Array,
  down: boolean,
) => {
  const radius = (weights.length - 1) / 2
  const out = new Float64Array(values.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        let sum = 0
        for (let k = -radius; k <= radius; k++) {
          const row = down ? Math.min(Math.max(y + k, 0), height - 1) : y
          const column = down ? x : Math.min(Math.max(x + k, 0), width - 1)
          sum += (weights[k + radius] as number) * (values[(row * width + column) * channels + c] as number)
        }
        out[(y * width + x) * channels + c] = sum
      }
  return out
}

/** The image blurred by a Gaussian whose deviation is in pixels; the edge is repeated. */
export const blurred = (pixels: ArrayLike<number>, size: ImageSize, sigma: number): Float64Array => {
  const weights = gaussian(sigma)
  return averaged(averaged(pixels, size, weights, true), size, weights, false)
}
