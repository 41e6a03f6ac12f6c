/** Eigenvalues, largest first, and an eigenvector of length 1 for each. */
export interface Eigen {
  readonly values: readonly number[]
  readonly vectors: readonly Float64Array[]
}

/** A symmetric matrix as a tridiagonal one in another basis. */
interface Tridiagonal {
  readonly diagonal: Float64Array
  /** Beside the diagonal; the last entry is 0. */
  readonly beside: Float64Array
  /** The basis, one vector for each row of the tridiagonal matrix. */
  readonly basis: readonly Float64Array[]
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)

/** Makes a symmetric matrix tridiagonal by reflections (Householder). */
const tridiagonal = (matrix: Float64Array, n: number): Tridiagonal => {
  const a = Array.from({ length: n }, (_, i) => matrix.slice(i * n, (i + 1) * n))
  const basis = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_value, j) => (i === j ? 1 : 0)))
  for (let k = 0; k + 2 < n; k++) {
    const v = new Float64Array(n)
    for (let i = k + 1; i < n; i++) v[i] = (a[i] as Float64Array)[k] as number
    const size = Math.sqrt(dot(v, v))
    const head = v[k + 1] as number
    if (size === 0 || size === Math.abs(head)) continue
    v[k + 1] = head + (head < 0 ? -size : size)
    const half = dot(v, v) / 2
    // A - v wᵀ - w vᵀ with w = (p - (v·p / 2h) v), p = A v / h; h is half of v·v
    const p = Float64Array.from(a, (row) => dot(row, v) / half)
    const part = dot(v, p) / (2 * half)
    const w = p.map((x, i) => x - part * (v[i] as number))
    a.forEach((row, i) => {
      for (let j = 0; j < n; j++)
        row[j] = (row[j] as number) - (v[i] as number) * (w[j] as number) - (w[i] as number) * (v[j] as number)
    })
    const turned = new Float64Array(n)
    basis.forEach((row, i) => {
      for (let j = 0; j < n; j++) turned[j] = (turned[j] as number) + (v[i] as number) * (row[j] as number)
    })
    basis.forEach((row, i) => {
      for (let j = 0; j < n; j++) row[j] = (row[j] as number) - ((v[i] as number) * (turned[j] as number)) / half
    })
  }
  return {
    diagonal: Float64Array.from(a, (row, i) => row[i] as number),
    beside: Float64Array.from(a, (row, i) => row[i + 1] ?? 0),
    basis,
  }
}

/** Turns two vectors into each other by an angle. */
const rotate = (a: Float64Array, b: Float64Array, c: number, s: number): void => {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number]
    a[i] = c * x - s * y
    b[i] = s * x + c * y
  }
}

/** One sweep of the implicit QL algorithm with Wilkinson's shift on the rows from `from` to `to`, in place. */
const sweep = ({ diagonal: d, beside: e, basis }: Tridiagonal, from: number, to: number): void => {
  const at = (list: Float64Array, i: number): number => list[i] as number
  const half = (at(d, from + 1) - at(d, from)) / (2 * at(e, from))
  const root = Math.hypot(half, 1)
  let g = at(d, to) - at(d, from) + at(e, from) / (half + (half < 0 ? -root : root))
  let [s, c, p] = [1, 1, 0]
  for (let i = to - 1; i >= from; i--) {
    const [f, b] = [s * at(e, i), c * at(e, i)]
    const r = Math.hypot(f, g)
    e[i + 1] = r
    if (r === 0) {
      d[i + 1] = at(d, i + 1) - p
      e[to] = 0
      return
    }
    ;[s, c] = [f / r, g / r]
    const next = at(d, i + 1) - p
    const t = (at(d, i) - next) * s + 2 * c * b
    p = s * t
    d[i + 1] = next + p
    g = c * t - b
    rotate(basis[i] as Float64Array, basis[i + 1] as Float64Array, c, s)
  }
  d[from] = at(d, from) - p
  e[from] = g
  e[to] = 0
}

/**
 * The eigenvalues and eigenvectors of a symmetric `[n, n]` matrix, row by row, in double precision.
 *
 * References:
 *   Golub & Van Loan, "Matrix computations", 4th edition 2013, §8.3 (Householder reflections and implicit QL)
 */
export const symmetricEigen = (matrix: Float64Array, n: number): Eigen => {
  const found = tridiagonal(matrix, n)
  const { diagonal, beside, basis } = found
  const isSmall = (i: number): boolean =>
    Math.abs(beside[i] as number) <=
    Number.EPSILON * (Math.abs(diagonal[i] as number) + Math.abs(diagonal[i + 1] as number))
  for (let from = 0; from < n; from++)
    for (let tries = 0; tries < 60; tries++) {
      let to = from
      while (to + 1 < n && !isSmall(to)) to++
      if (to === from) break
      sweep(found, from, to)
    }
  const order = Array.from(diagonal, (_, i) => i).sort((i, j) => (diagonal[j] as number) - (diagonal[i] as number))
  return { values: order.map((i) => diagonal[i] as number), vectors: order.map((i) => basis[i] as Float64Array) }
}
