import { cholesky, invertedTranspose, type SquareMatrix } from './cholesky.ts'
import { innerProduct } from './inner-product.ts'

/** The solution of kernel ridge regression, with `Q = (K + λI)⁻¹`. */
export interface RidgeSolution {
  /** `Q·Y`, one column per class, each of `n` numbers. */
  readonly coefficients: readonly Float64Array[]
  /** The diagonal of `Q`, `n` numbers. */
  readonly diagonal: Float64Array
  /** `log det(K + λI)`. */
  readonly logDeterminant: number
}

/** Solves `(K + λI)·A = Y` for every column of `targets`, through one Cholesky factorisation. */
export const solveRidge = (kernel: SquareMatrix, targets: readonly Float64Array[], ridge: number): RidgeSolution => {
  const { size } = kernel
  const factor = cholesky(kernel, ridge)
  const inverse = invertedTranspose(factor).values
  let logDeterminant = 0
  for (let i = 0; i < size; i++) logDeterminant += 2 * Math.log(factor.values[i * size + i] as number)
  const diagonal = Float64Array.from({ length: size }, (_, i) => {
    const from = i * size + i
    return innerProduct(inverse, from, inverse, from, size - i)
  })
  return { coefficients: targets.map((column) => solved(factor, inverse, column)), diagonal, logDeterminant }
}

/** `L⁻ᵀ·(L⁻¹·y)`, the first by substitution, with `L⁻ᵀ` in `inverse`. */
const solved = ({ size, values }: SquareMatrix, inverse: Float64Array, y: Float64Array): Float64Array => {
  const half = new Float64Array(size)
  for (let i = 0; i < size; i++)
    half[i] = ((y[i] as number) - innerProduct(values, i * size, half, 0, i)) / (values[i * size + i] as number)
  return Float64Array.from({ length: size }, (_, i) => innerProduct(inverse, i * size + i, half, i, size - i))
}
