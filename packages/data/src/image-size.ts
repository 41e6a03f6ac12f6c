import { OptionError, ShapeError } from '@ptu/core'

import type { Dataset } from './dataset.ts'

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
