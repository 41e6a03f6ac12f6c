import type { SmoothFunction } from './lbfgs.ts'
import { addTransposedTimes, dot, rowOf, timesTransposed, type Matrix } from './matrix.ts'

/** A classification problem for a linear classifier. */
export interface SoftmaxProblem {
  /** `[examples, size]`. */
  readonly rows: Matrix
  /** `[examples]`, each below `classes`. */
  readonly labels: Int32Array
  readonly classes: number
  /** λ, of the squared weights. */
  readonly penalty: number
}

/** The weights and then the bias of a linear classifier: `[classes · size + classes]`, zeros. */
export const zeroParams = (size: number, classes: number): Float64Array => new Float64Array(classes * (size + 1))

/** Turns logits into log-probabilities in place: `z - log Σ exp z`. */
const logSoftmax = (z: Float64Array): void => {
  const most = z.reduce((a, b) => Math.max(a, b))
  const log = most + Math.log(z.reduce((sum, x) => sum + Math.exp(x - most), 0))
  for (let c = 0; c < z.length; c++) z[c] = (z[c] as number) - log
}

/** The log-probabilities of each class for each row, `[rows, classes]`. */
export const logProbabilities = (params: Float64Array, rows: Matrix, classes: number): Matrix => {
  const weights = { values: params, rows: classes, columns: rows.columns }
  const bias = params.subarray(classes * rows.columns)
  const logs = timesTransposed(rows, weights)
  for (let i = 0; i < rows.rows; i++) {
    const own = rowOf(logs, i)
    for (let c = 0; c < classes; c++) own[c] = (own[c] as number) + (bias[c] as number)
    logSoftmax(own)
  }
  return logs
}

/**
 * The objective of multinomial logistic regression, with its gradient: the mean over examples of `-log p` of their
 * class, plus `λ / 2 · Σ w²`.
 *
 * Here `p` is the softmax of `w · x + b`. The bias `b` is not penalised. With `n` examples, `λ = 1 / (n · C)` in the
 * convention of scikit-learn.
 */
export const softmaxObjective =
  ({ rows, labels, classes, penalty }: SoftmaxProblem): SmoothFunction =>
  (params) => {
    const weights = params.subarray(0, classes * rows.columns)
    const gradient = new Float64Array(params.length)
    for (let i = 0; i < weights.length; i++) gradient[i] = penalty * (weights[i] as number)
    const bias = gradient.subarray(weights.length)
    let value = (penalty / 2) * dot(weights, weights)
    // From here on in place: log-probabilities become the errors p - [c = label] over the number of examples.
    const errors = logProbabilities(params, rows, classes)
    for (let i = 0; i < rows.rows; i++) {
      const own = rowOf(errors, i)
      const label = labels[i] as number
      value -= (own[label] as number) / rows.rows
      for (let c = 0; c < classes; c++) {
        const error = (Math.exp(own[c] as number) - (c === label ? 1 : 0)) / rows.rows
        own[c] = error
        bias[c] = (bias[c] as number) + error
      }
    }
    addTransposedTimes(gradient, errors, rows)
    return { value, gradient }
  }
