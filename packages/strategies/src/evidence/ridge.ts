import { cholesky, invertedTranspose, type SquareMatrix } from './cholesky.ts'

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
export const solveRidge = (
  kernel: SquareMatrix,
  targets: readonly Float64Array[],
  ridge: number,
): RidgeSolution => {
  const { size } = kernel
  const factor = cholesky(kernel, ridge)
  const inverse = invertedTranspose(factor).values
  let logDeterminant = 0
  for (let i = 0; i < size; i++) logDeterminant += 2 * Math.log(factor.values[i * size + i] as number)
  const diagonal = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    let sum = 0
    for (let k = i; k < size; k++) sum += (inverse[i * size + k] as number) ** 2
    diagonal[i] = sum
  }
  return { coefficients: targets.map((column) => solved(inverse, size, column)), diagonal, logDeterminant }
}

/** `L⁻ᵀ·(L⁻¹·y)`, with `L⁻ᵀ` in `inverse`. */
const solved = (inverse: Float64Array, size: number, y: Float64Array): Float64Array => {
  const half = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    const value = y[i] as number
    for (let k = i; k < size; k++) half[k] = (half[k] as number) + (inverse[i * size + k] as number) * value
  }
  const solution = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    let sum = 0
    for (let k = i; k < size; k++) sum += (inverse[i * size + k] as number) * (half[k] as number)
    solution[i] = sum
  }
  return solution
}
