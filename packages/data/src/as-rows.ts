import { ShapeError } from '@ptu/core'

import type { Dataset } from './dataset.ts'

/**
 * Images as sequences of their rows: `[height, width, channels]` becomes `[height, width · channels]`, the numbers stay.
 *
 * Throws `ShapeError` for examples that are no images.
 *
 * @example
 * ```ts
 * const digit: Dataset = { shape: [28, 28, 1], features: new Uint8Array(784), labels: Int32Array.of(0), classes: ['0'] }
 * expect(asRows(digit).shape).toEqual([28, 28])
 * ```
 */
export const asRows = (dataset: Dataset): Dataset => {
  const [height, width, channels] = dataset.shape
  if (height === undefined || width === undefined || channels === undefined || dataset.shape.length !== 3)
    throw new ShapeError(`asRows: expected images [height, width, channels], got [${dataset.shape.join(', ')}]`)
  return { ...dataset, shape: [height, width * channels] }
}
