import { zeros, type Matrix } from './matrix.ts'

/** Features minus their mean over one scalar, and both. */
export interface Standardised {
  readonly rows: Matrix
  /** `[size]`: the mean of each feature. */
  readonly mean: Float64Array
  /** The root mean square of all centred features; 1 where they are all constant. */
  readonly scale: number
}

/**
 * Takes the training mean of each feature away and divides all by one root mean square.
 *
 * One scalar for all keeps the ratios between features: a feature that hardly varies stays small instead of becoming
 * noise of unit size.
 */
export const standardise = (features: ArrayLike<number>, size: number): Standardised => {
  const count = features.length / size
  const rows = zeros(count, size)
  const mean = new Float64Array(size)
  const { values } = rows
  for (let i = 0; i < values.length; i++) mean[i % size] = (mean[i % size] as number) + (features[i] as number) / count
  let squares = 0
  for (let i = 0; i < values.length; i++) {
    const centred = (features[i] as number) - (mean[i % size] as number)
    values[i] = centred
    squares += centred * centred
  }
  const root = Math.sqrt(squares / values.length)
  const scale = root > 0 ? root : 1
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / scale
  return { rows, mean, scale }
}
