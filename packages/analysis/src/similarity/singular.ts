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

/** The left singular vectors of features, from the smaller of their two matrices of products. */
export const leftSingular = (
  { values, examples: n, size: d }: Features,
  { centred = false }: { readonly centred?: boolean } = {},
): LeftSingular => {
  const rows = Float64Array.from(values)
  if (centred)
    for (let k = 0; k < d; k++) {
      let mean = 0
      for (let i = 0; i < n; i++) mean += (rows[i * d + k] as number) / n
      for (let i = 0; i < n; i++) rows[i * d + k] = (rows[i * d + k] as number) - mean
    }
  const isWide = n <= d
  const m = isWide ? n : d
  const at = (i: number, k: number): number => (isWide ? rows[i * d + k] : rows[k * d + i]) as number
  const products = new Float64Array(m * m)
  for (let i = 0; i < m; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = 0; k < (isWide ? d : n); k++) sum += at(i, k) * at(j, k)
      products[i * m + j] = sum
      products[j * m + i] = sum
    }
  const { values: squares, vectors } = symmetricEigen(products, m)
  const kept = squares.map((_, i) => i).filter((i) => (squares[i] as number) > negligible * (squares[0] as number))
  const left = (i: number): Float64Array => {
    const vector = vectors[i] as Float64Array
    if (isWide) return vector
    const size = Math.sqrt(squares[i] as number)
    return Float64Array.from({ length: n }, (_, row) => vector.reduce((sum, v, k) => sum + v * at(k, row), 0) / size)
  }
  return { vectors: kept.map(left), squares: kept.map((i) => squares[i] as number) }
}
