import { OptionError } from '@ptu/core'

import { innerProduct } from './inner-product.ts'

/** A square matrix of float64 numbers, row after row. */
export interface SquareMatrix {
  readonly size: number
  /** `size · size` numbers; entry `(i, j)` is at `i · size + j`. */
  readonly values: Float64Array
}

/**
 * Factors a symmetric positive definite matrix with a ridge on its diagonal: `K + λI = L·Lᵀ`, `L` lower triangular.
 *
 * Reads the lower triangle of `K` alone. Throws `OptionError` if `K + λI` is not positive definite, or has entries that
 * are not finite.
 *
 * References:
 *   Golub & Van Loan, "Matrix computations", 4th ed., 2013, §4.2.5
 */
export const cholesky = ({ size, values }: SquareMatrix, ridge: number): SquareMatrix => {
  const factor = new Float64Array(size * size)
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      const entry = (values[i * size + j] as number) + (i === j ? ridge : 0)
      const rest = entry - innerProduct(factor, i * size, factor, j * size, j)
      if (i !== j) factor[i * size + j] = rest / (factor[j * size + j] as number)
      else if (rest > 0 && rest < Infinity) factor[i * size + i] = Math.sqrt(rest)
      else
        throw new OptionError(
          `expected a positive definite kernel, got ${rest} as pivot ${i} at ridge ${ridge}; ` +
            "check that the source's activations on the examples are finite",
        )
    }
  return { size, values: factor }
}

/**
 * Inverts a lower triangular matrix and transposes the inverse: `L⁻ᵀ`, upper triangular.
 *
 * Row `i` of the result is column `i` of `L⁻¹`, so that sums over columns of the inverse read memory in order.
 */
export const invertedTranspose = ({ size, values }: SquareMatrix): SquareMatrix => {
  const inverse = new Float64Array(size * size)
  for (let column = 0; column < size; column++) {
    const row = column * size
    inverse[row + column] = 1 / (values[row + column] as number)
    for (let i = column + 1; i < size; i++) {
      const sum = innerProduct(values, i * size + column, inverse, row + column, i - column)
      inverse[row + i] = -sum / (values[i * size + i] as number)
    }
  }
  return { size, values: inverse }
}
