/** Numbers in rows: entry `(i, j)` is `values[i · columns + j]`. */
export interface Matrix {
  readonly values: Float64Array
  readonly rows: number
  readonly columns: number
}

/** A matrix of zeros. */
export const zeros = (rows: number, columns: number): Matrix => ({
  values: new Float64Array(rows * columns),
  rows,
  columns,
})

/** Row `i`, which shares its memory with the matrix. */
export const rowOf = ({ values, columns }: Matrix, i: number): Float64Array =>
  values.subarray(i * columns, (i + 1) * columns)

/** The rows from `from` to before `to`, or to the last; they share their memory with the matrix. */
export const rowsBetween = ({ values, rows, columns }: Matrix, from: number, to: number): Matrix => ({
  values: values.subarray(from * columns, to * columns),
  rows: Math.min(rows, to) - from,
  columns,
})

/** The rows at `indices`, in that order, as a matrix of its own. */
export const rowsAt = (matrix: Matrix, indices: readonly number[]): Matrix => {
  const out = zeros(indices.length, matrix.columns)
  indices.forEach((from, i) => {
    out.values.set(rowOf(matrix, from), i * matrix.columns)
  })
  return out
}

/** The sum of `length` products, from a place in either vector on, in four sums that a processor runs side by side. */
const dotAt = (a: Float64Array, from: number, b: Float64Array, start: number, length: number): number => {
  let [p, q, r, s] = [0, 0, 0, 0]
  const whole = length - (length % 4)
  for (let i = 0; i < whole; i += 4) {
    p += (a[from + i] as number) * (b[start + i] as number)
    q += (a[from + i + 1] as number) * (b[start + i + 1] as number)
    r += (a[from + i + 2] as number) * (b[start + i + 2] as number)
    s += (a[from + i + 3] as number) * (b[start + i + 3] as number)
  }
  for (let i = whole; i < length; i++) p += (a[from + i] as number) * (b[start + i] as number)
  return p + q + (r + s)
}

/** The sum of products of two vectors of one length. */
export const dot = (a: Float64Array, b: Float64Array): number => dotAt(a, 0, b, 0, a.length)

/** Adds `factor · x` to `y` in place. */
export const addScaled = (y: Float64Array, factor: number, x: Float64Array): void => {
  for (let i = 0; i < y.length; i++) y[i] = (y[i] as number) + factor * (x[i] as number)
}

/** The product of `a` and the transpose of `b`: `[a.rows, b.rows]`. */
export const timesTransposed = (a: Matrix, b: Matrix): Matrix => {
  const out = zeros(a.rows, b.rows)
  const { columns } = a
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < b.rows; j++)
      out.values[i * b.rows + j] = dotAt(a.values, i * columns, b.values, j * columns, columns)
  return out
}

/**
 * Adds the product of the transpose of `a` and `b` to `out`, `[a.columns, b.columns]`, in place.
 *
 * Four rows at a time: each entry of `out` is then read and written once for four products.
 */
export const addTransposedTimes = (out: Float64Array, a: Matrix, b: Matrix): void => {
  const { columns } = b
  const whole = a.rows - (a.rows % 4)
  for (let i = 0; i < whole; i += 4)
    for (let c = 0; c < a.columns; c++) {
      const factor = (row: number): number => a.values[(i + row) * a.columns + c] as number
      const [p, q, r, s] = [factor(0), factor(1), factor(2), factor(3)]
      for (let j = 0, at = i * columns; j < columns; j++, at++)
        out[c * columns + j] =
          (out[c * columns + j] as number) +
          p * (b.values[at] as number) +
          q * (b.values[at + columns] as number) +
          r * (b.values[at + 2 * columns] as number) +
          s * (b.values[at + 3 * columns] as number)
    }
  for (let i = whole; i < a.rows; i++)
    for (let c = 0; c < a.columns; c++)
      addScaled(out.subarray(c * columns, (c + 1) * columns), a.values[i * a.columns + c] as number, rowOf(b, i))
}
