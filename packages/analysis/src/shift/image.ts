import type { ImageSize } from '@ptu/data'

/** The value of a channel at a point between pixels, bilinearly; outside, the edge is repeated. */
export const valueAt = (
  values: ArrayLike<number>,
  { height, width, channels }: ImageSize,
  [y, x, channel]: readonly [number, number, number],
): number => {
  const [row, column] = [Math.min(Math.max(y, 0), height - 1), Math.min(Math.max(x, 0), width - 1)]
  const [top, left] = [Math.floor(row), Math.floor(column)]
  const [down, right] = [row - top, column - left]
  const [under, beside] = [Math.min(top + 1, height - 1), Math.min(left + 1, width - 1)]
  const read = (r: number, c: number): number => values[(r * width + c) * channels + channel] as number
  return (
    (read(top, left) * (1 - right) + read(top, beside) * right) * (1 - down) +
    (read(under, left) * (1 - right) + read(under, beside) * right) * down
  )
}

/** The image whose pixel `(y, x)` comes from the point that `from` gives; outside, the edge is repeated. */
export const movedBy = (
  values: ArrayLike<number>,
  size: ImageSize,
  from: (y: number, x: number) => readonly [number, number],
): Float64Array => {
  const { height, width, channels } = size
  const out = new Float64Array(height * width * channels)
  let to = 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [row, column] = from(y, x)
      for (let c = 0; c < channels; c++) out[to++] = valueAt(values, size, [row, column, c])
    }
  return out
}
