import { symmetricEigen } from './symmetric-eigen.ts'
import type { Features } from './features.ts'

/** The left singular vectors of features, and the squares of their singular values, largest first. */
export interface LeftSingular {
  /** One for each singular value that is not 0, each `[examples]`. */
  readonly vectors: readonly Float64Array[]
  readonly squares: readonly number[]
}

/** A square of a singular value below this part of the largest counts as 0: the precision of products of float32. */
const negligible = 1e-12

/** The rows of features, less the mean row if asked for, and its transpose where examples are more than features. */
const smallerSide = ({ values, examples: n, size: d }: Features, centred: boolean): readonly Float64Array[] => {
  const rows = Array.from({ length: n }, (_, i) => Float64Array.from(values.subarray(i * d, (i + 1) * d)))
  const mean = new Float64Array(d)
  if (centred) for (const row of rows) row.forEach((x, k) => (mean[k] = (mean[k] as number) + x / n))
  const moved = rows.map((row) => row.map((x, k) => x - (mean[k] as number)))
  return n <= d ? moved : Array.from(mean, (_, k) => Float64Array.from(moved, (row) => row[k] as number))
}

const productsOf = (rows: readonly Float64Array[]): Float64Array => {
  const m = rows.length
  const products = new Float64Array(m * m)
  rows.forEach((a, i) => {
    for (let j = 0; j <= i; j++) {
      const sum = a.reduce((total, x, k) => total + x * (rows[j]?.[k] as number), 0)
      products[i * m + j] = sum
      products[j * m + i] = sum
    }
  })
  return products
}

/** The left singular vectors of features, from the smaller of their two matrices of products. */
export const leftSingular = (
  features: Features,
  { centred = false }: { readonly centred?: boolean } = {},
): LeftSingular => {
  const side = smallerSide(features, centred)
  const { values: squares, vectors } = symmetricEigen(productsOf(side), side.length)
  const kept = squares.map((_, i) => i).filter((i) => (squares[i] as number) > negligible * (squares[0] as number))
  const left = (i: number): Float64Array => {
    const vector = vectors[i] as Float64Array
    if (features.examples <= features.size) return vector
    const size = Math.sqrt(squares[i] as number)
    return Float64Array.from({ length: features.examples }, (_, row) =>
      vector.reduce((sum, v, k) => sum + (v * (side[k]?.[row] as number)) / size, 0),
    )
  }
  return { vectors: kept.map(left), squares: kept.map((i) => squares[i] as number) }
}
