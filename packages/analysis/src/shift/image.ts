import { OptionError, ShapeError } from '@ptu/core'
import type { Dataset } from '@ptu/data'

/** The size of an image. */
export interface ImageSize {
  readonly height: number
  readonly width: number
  /** 1 (grey), 3 (colour), or 4 (with opacity). */
  readonly channels: number
}

/** The size of the images of a data set; throws `ShapeError` unless examples are bytes of `[height, width, 1 or 3]`. */
export const imageSize = ({ shape, features }: Dataset): ImageSize => {
  const [height = 0, width = 0, channels = 0] = shape
  if (!(features instanceof Uint8Array) || shape.length !== 3 || (channels !== 1 && channels !== 3))
    throw new ShapeError(`expected images, bytes of [height, width, 1 or 3], got [${shape.join(', ')}]`)
  return { height, width, channels }
}

/** Throws `ShapeError` unless there is a value for each channel of each pixel, and `OptionError` unless all are finite. */
export const checkImage = (values: ArrayLike<number>, { height, width, channels }: ImageSize): void => {
  if (values.length !== height * width * channels)
    throw new ShapeError(
      `expected ${String(height * width * channels)} values of ${String(height)} × ${String(width)} × ${String(channels)}, got ${String(values.length)}`,
    )
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new OptionError(`expected finite values, value ${String(i)} is ${String(values[i])}`)
}

/** Values as bytes: rounded, and held from 0 to 255. */
export const asBytes = (values: ArrayLike<number>): Uint8Array => {
  const out = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) out[i] = Math.min(Math.max(Math.round(values[i] as number), 0), 255)
  return out
}

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
