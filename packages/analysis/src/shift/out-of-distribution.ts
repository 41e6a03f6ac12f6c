import { OptionError, ShapeError } from '@ptu/core'

/** Rows of numbers, all of one length. */
export interface Rows {
  /** `[examples, size]` */
  readonly values: Float32Array | Float64Array
  readonly size: number
}

const checkedRows = ({ values, size }: Rows): number => {
  if (!Number.isInteger(size) || size < 1 || values.length === 0 || values.length % size !== 0)
    throw new ShapeError(`expected rows of ${String(size)} numbers, got ${String(values.length)} numbers`)
  const broken = values.findIndex((value) => !Number.isFinite(value))
  if (broken >= 0)
    throw new OptionError(
      `expected finite numbers, row ${String(Math.floor(broken / size))} has ${String(values[broken])}`,
    )
  return values.length / size
}

const eachRow = (rows: Rows, of: (row: Float64Array) => number): Float64Array => {
  const count = checkedRows(rows)
  return Float64Array.from({ length: count }, (_, i) =>
    of(Float64Array.from(rows.values.subarray(i * rows.size, (i + 1) * rows.size))),
  )
}

const logSumExp = (row: Float64Array, temperature: number): number => {
  let most = -Infinity
  for (const z of row) most = Math.max(most, z / temperature)
  let sum = 0
  for (const z of row) sum += Math.exp(z / temperature - most)
  return most + Math.log(sum)
}

/**
 * One minus the largest probability of each row of logits: larger for stranger examples.
 *
 * References:
 *   Hendrycks & Gimpel, "A baseline for detecting misclassified and out-of-distribution examples in neural networks", ICLR 2017, §2, https://arxiv.org/abs/1610.02136
 */
export const maxSoftmaxScores = (logits: Rows): Float64Array =>
  eachRow(logits, (row) => 1 - Math.exp(row.reduce((a, b) => Math.max(a, b)) - logSumExp(row, 1)))

/**
 * The energy `-T · log Σ exp(z / T)` of each row of logits: larger for stranger examples.
 *
 * References:
 *   Liu, Wang, Owens & Li, "Energy-based out-of-distribution detection", NeurIPS 2020, §3, https://arxiv.org/abs/2010.03759
 */
export const energyScores = (logits: Rows, temperature = 1): Float64Array => {
  if (!(temperature > 0 && temperature < Infinity))
    throw new OptionError(`expected a positive temperature, got ${String(temperature)}`)
  return eachRow(logits, (row) => -temperature * logSumExp(row, temperature))
}

/** The lower triangle `L` with `A = L · Lᵀ`, row by row. */
const choleskyOf = (matrix: Float64Array, size: number): Float64Array => {
  const lower = new Float64Array(size * size)
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j] as number
      for (let k = 0; k < j; k++) sum -= (lower[i * size + k] as number) * (lower[j * size + k] as number)
      if (i === j && sum <= 0)
        throw new OptionError('the features of the labelled examples span too few directions; give a larger shrinkage')
      lower[i * size + j] = i === j ? Math.sqrt(sum) : sum / (lower[j * size + j] as number)
    }
  return lower
}

/** `xᵀ · A⁻¹ · x` from the lower triangle of `A`. */
const squaredLength = (lower: Float64Array, x: Float64Array): number => {
  const y = new Float64Array(x.length)
  let total = 0
  for (let i = 0; i < x.length; i++) {
    let sum = x[i] as number
    for (let k = 0; k < i; k++) sum -= (lower[i * x.length + k] as number) * (y[k] as number)
    y[i] = sum / (lower[i * x.length + i] as number)
    total += (y[i] as number) ** 2
  }
  return total
}

/** Labelled examples in the features of a network. */
export interface LabelledRows extends Rows {
  readonly labels: Int32Array
  readonly classes: number
}

const meansOf = ({ values, size, labels, classes }: LabelledRows): readonly Float64Array[] =>
  Array.from({ length: classes }, (_, label) => {
    const mean = new Float64Array(size)
    let count = 0
    labels.forEach((own, i) => {
      if (own !== label) return
      count++
      for (let k = 0; k < size; k++) mean[k] = (mean[k] as number) + (values[i * size + k] as number)
    })
    return mean.map((sum) => sum / count)
  })

/**
 * The squared Mahalanobis distance of each row to the nearest class mean, with one covariance of all classes: larger
 * for stranger examples.
 *
 * The covariance is `Σ_i (x_i - μ_y)(x_i - μ_y)ᵀ / n`; a part `shrinkage` of it (.1 unless given) is replaced by its
 * mean variance on the diagonal, so that few examples suffice. Throws `ShapeError` or `OptionError` for rows that do
 * not fit or are not finite, and where no covariance is left to divide by.
 *
 * References:
 *   Lee, Lee, Lee & Shin, "A simple unified framework for detecting out-of-distribution samples and adversarial attacks", NeurIPS 2018, §2.1, https://arxiv.org/abs/1807.03888
 */
export const mahalanobisScores = (labelled: LabelledRows, rows: Rows, shrinkage = 0.1): Float64Array => {
  const { values, size, labels } = labelled
  if (checkedRows(labelled) !== labels.length || rows.size !== size)
    throw new ShapeError(`expected ${String(labels.length)} labelled rows and new ones of ${String(size)} numbers`)
  if (!(shrinkage >= 0 && shrinkage <= 1))
    throw new OptionError(`expected a shrinkage from 0 to 1, got ${String(shrinkage)}`)
  const means = meansOf(labelled)
  const covariance = new Float64Array(size * size)
  labels.forEach((label, i) => {
    const mean = means[label] as Float64Array
    const apart = mean.map((middle, k) => (values[i * size + k] as number) - middle)
    for (let a = 0; a < size; a++)
      for (let b = 0; b <= a; b++)
        covariance[a * size + b] =
          (covariance[a * size + b] as number) + ((apart[a] as number) * (apart[b] as number)) / labels.length
  })
  let trace = 0
  for (let k = 0; k < size; k++) trace += (covariance[k * size + k] as number) / size
  const shrunk = covariance.map((entry, i) => (1 - shrinkage) * entry + (i % (size + 1) === 0 ? shrinkage * trace : 0))
  const lower = choleskyOf(shrunk, size)
  const known = means.filter((mean) => !Number.isNaN(mean[0] as number))
  return eachRow(rows, (row) =>
    Math.min(
      ...known.map((mean) =>
        squaredLength(
          lower,
          row.map((x, k) => x - (mean[k] as number)),
        ),
      ),
    ),
  )
}

/**
 * The distance of each row to its `k`-th nearest labelled row, all brought to length 1: larger for stranger examples.
 *
 * Throws `ShapeError` or `OptionError` for rows that do not fit or are not finite, or fewer known rows than `k`.
 *
 * References:
 *   Sun, Ming, Zhu & Li, "Out-of-distribution detection with deep nearest neighbors", ICML 2022, §3, https://arxiv.org/abs/2204.06507
 */
export const neighbourScores = (known: Rows, rows: Rows, k = 1): Float64Array => {
  const count = checkedRows(known)
  if (rows.size !== known.size)
    throw new ShapeError(`expected rows of ${String(known.size)} numbers, got ${String(rows.size)}`)
  if (!Number.isInteger(k) || k < 1 || k > count)
    throw new OptionError(`expected a neighbour from 1 to ${String(count)}, got ${String(k)}`)
  const unit = (row: Float64Array): Float64Array => {
    const length = Math.hypot(...row)
    return length === 0 ? row : row.map((x) => x / length)
  }
  const units = Array.from({ length: count }, (_, i) =>
    unit(Float64Array.from(known.values.subarray(i * known.size, (i + 1) * known.size))),
  )
  return eachRow(rows, (row) => {
    const own = unit(row)
    const distances = Float64Array.from(units, (other) => Math.hypot(...own.map((x, j) => x - (other[j] as number))))
    return distances.sort()[k - 1] as number
  })
}
