/** Vectors of one length, one after another. */
export interface Vectors {
  readonly features: ArrayLike<number>
  readonly size: number
}

/** Vectors of length 1, and what random directions make of them, of length 1 too. */
export interface UnitRows {
  readonly count: number
  /** `[count, size]`. */
  readonly unit: Float32Array
  /** `[count, directions]`. */
  readonly projected: Float32Array
}

/**
 * Brings vectors to length 1 and projects them to random directions of ±1: `±` is `-` where the number of `signs`,
 * `[directions, size]` from 0 to 1, is below a half.
 *
 * The cosine of two projections is that of the vectors, `c`, with a standard error of about `(1 - c²) / √directions`.
 *
 * References:
 *   Achlioptas, "Database-friendly random projections", JCSS 66, 2003, §1, https://doi.org/10.1016/S0022-0000(03)00025-4
 */
export const unitRows = ({ features, size }: Vectors, signs: ArrayLike<number>): UnitRows => {
  const [count, directions] = [Math.floor(features.length / size), signs.length / size]
  const unit = normalised(Float32Array.from(features), size)
  const projected = new Float32Array(count * directions)
  for (let i = 0; i < count; i++)
    for (let k = 0; k < directions; k++) {
      let sum = 0
      for (let j = 0; j < size; j++) {
        const value = unit[i * size + j] as number
        sum += (signs[k * size + j] as number) < 0.5 ? -value : value
      }
      projected[i * directions + k] = sum
    }
  return { count, unit, projected: normalised(projected, directions) }
}

/** Brings every row to length 1, in place; a row of zeros stays. */
const normalised = (rows: Float32Array, size: number): Float32Array => {
  for (let from = 0; from < rows.length; from += size) {
    const row = rows.subarray(from, from + size)
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0))
    if (length > 0) for (let j = 0; j < size; j++) row[j] = (row[j] as number) / length
  }
  return rows
}
