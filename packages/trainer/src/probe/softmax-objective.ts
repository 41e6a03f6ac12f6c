import type { StepwiseFunction } from './lbfgs.ts'
import { addTransposedTimes, dot, rowsBetween, timesTransposed, type Matrix } from './matrix.ts'

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

/** Turns the logits from `from` on, one for each class, into log-probabilities in place: `z - log Σ exp z`. */
const logSoftmaxAt = (z: Float64Array, from: number, classes: number): void => {
  let most = -Infinity
  for (let c = 0; c < classes; c++) most = Math.max(most, z[from + c] as number)
  let sum = 0
  for (let c = 0; c < classes; c++) sum += Math.exp((z[from + c] as number) - most)
  const log = most + Math.log(sum)
  for (let c = 0; c < classes; c++) z[from + c] = (z[from + c] as number) - log
}

/** The log-probabilities of each class for each row, `[rows, classes]`. */
export const logProbabilities = (params: Float64Array, rows: Matrix, classes: number): Matrix => {
  const weights = { values: params, rows: classes, columns: rows.columns }
  const bias = params.subarray(classes * rows.columns)
  const logs = timesTransposed(rows, weights)
  // By places instead of rows of their own: these take as long as the numbers do.
  const { values } = logs
  for (let from = 0; from < values.length; from += classes) {
    for (let c = 0; c < classes; c++) values[from + c] = (values[from + c] as number) + (bias[c] as number)
    logSoftmaxAt(values, from, classes)
  }
  return logs
}

/** The products of a step: some hundredths of a second. */
const stepProducts = 2 ** 23

/** The rows of a step: a multiple of four, as many as are added up together. */
const rowsOfStep = (columns: number, classes: number): number =>
  4 * Math.ceil(stepProducts / 4 / Math.max(1, columns * classes))

/**
 * The objective of multinomial logistic regression, with its gradient: the mean over examples of `-log p` of their
 * class, plus `λ / 2 · Σ w²`.
 *
 * Here `p` is the softmax of `w · x + b`. The bias `b` is not penalised. With `n` examples, `λ = 1 / (n · C)` in the
 * convention of scikit-learn. It is computed in steps of so many rows.
 */
export const softmaxObjective = ({ rows, labels, classes, penalty }: SoftmaxProblem): StepwiseFunction =>
  function* (params) {
    const weights = params.subarray(0, classes * rows.columns)
    const gradient = new Float64Array(params.length)
    for (let i = 0; i < weights.length; i++) gradient[i] = penalty * (weights[i] as number)
    const bias = gradient.subarray(weights.length)
    let value = (penalty / 2) * dot(weights, weights)
    const each = rowsOfStep(rows.columns, classes)
    for (let first = 0; first < rows.rows; first += each) {
      const some = rowsBetween(rows, first, first + each)
      // From here on in place: log-probabilities become the errors p - [c = label] over the number of examples.
      const errors = logProbabilities(params, some, classes)
      const { values } = errors
      for (let i = 0; i < some.rows; i++) {
        const [from, label] = [i * classes, labels[first + i] as number]
        value -= (values[from + label] as number) / rows.rows
        for (let c = 0; c < classes; c++) {
          const error = (Math.exp(values[from + c] as number) - (c === label ? 1 : 0)) / rows.rows
          values[from + c] = error
          bias[c] = (bias[c] as number) + error
        }
      }
      addTransposedTimes(gradient, errors, some)
      yield undefined
    }
    return { value, gradient }
  }
