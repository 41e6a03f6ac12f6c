import type { ExampleTargets, LabelledExamples } from './options.ts'

/** Losses of examples in nats, with predictions taken to a scale. */
export interface ScaledLosses {
  readonly losses: Float64Array
  readonly scale: number
}

/** Labels as columns of numbers to regress on, and the losses that predictions of these columns have. */
export interface LabelColumns {
  readonly columns: readonly Float64Array[]
  /** The losses of predictions, one column for each, at every scale that is tried. */
  readonly lossesOf: (predictions: readonly Float64Array[]) => readonly ScaledLosses[]
}

/** The factors from regression outputs to logits that are tried. */
const scales = [1, 2, 4, 8, 16] as const

/** A variance below this counts as this, so that a perfect prediction has a finite loss. */
const leastVariance = 1e-9

const atScales =
  (lossesAt: (predictions: readonly Float64Array[], scale: number) => Float64Array): LabelColumns['lossesOf'] =>
  (predictions) =>
    scales.map((scale) => ({ scale, losses: lossesAt(predictions, scale) }))

/** A column for each class, `one-hot - 1/C`; the loss is the cross-entropy of `softmax(s·p)`. */
export const classColumns = (labels: ArrayLike<number>, classes: number): LabelColumns => ({
  columns: Array.from({ length: classes }, (_, c) =>
    Float64Array.from(labels, (label) => (label === c ? 1 : 0) - 1 / classes),
  ),
  lossesOf: atScales((predictions, scale) =>
    Float64Array.from(labels, (label, i) => {
      let top = -Infinity
      for (const column of predictions) top = Math.max(top, scale * (column[i] as number))
      let total = 0
      for (const column of predictions) total += Math.exp(scale * (column[i] as number) - top)
      return top + Math.log(total) - scale * ((predictions[label] as Float64Array)[i] as number)
    }),
  ),
})

const columnsIn = (values: ArrayLike<number>, width: number): readonly Float64Array[] =>
  Array.from({ length: width }, (_, c) =>
    Float64Array.from({ length: values.length / width }, (_y, i) => values[i * width + c] as number),
  )

const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))

/** A column for each label, `t - 1/2`; the loss is the sum of the binary cross-entropies of `σ(2s·p)`, as of two classes. */
export const setColumns = (values: ArrayLike<number>, width: number): LabelColumns => ({
  columns: columnsIn(values, width).map((column) => column.map((on) => on - 0.5)),
  lossesOf: atScales((predictions, scale) =>
    Float64Array.from({ length: values.length / width }, (_, i) =>
      predictions.reduce((sum, column, c) => {
        const logit = 2 * scale * (column[i] as number)
        return sum + softplus(logit) - (values[i * width + c] as number) * logit
      }, 0),
    ),
  ),
})

/**
 * One column of the numbers at mean 0 and deviation 1; the loss is minus the log density of a normal distribution around the
 * prediction, `½·log 2πσ² + r² / 2σ²`, with the mean square `σ²` of all differences `r`.
 */
export const numberColumns = (values: ArrayLike<number>): LabelColumns => {
  const [all, count] = [Float64Array.from(values), values.length]
  const mean = all.reduce((sum, y) => sum + y / count, 0)
  const deviation = Math.sqrt(all.reduce((sum, y) => sum + (y - mean) ** 2 / count, 0))
  const own = all.map((y) => (y - mean) / (deviation > 0 ? deviation : 1))
  return {
    columns: [own],
    lossesOf: ([predicted = own]) => {
      const squares = own.map((y, i) => (y - (predicted[i] as number)) ** 2)
      const variance = Math.max(
        leastVariance,
        squares.reduce((sum, r) => sum + r / count, 0),
      )
      return [{ scale: 1, losses: squares.map((r) => 0.5 * Math.log(2 * Math.PI * variance) + r / (2 * variance)) }]
    },
  }
}

const targetColumns: Readonly<
  Record<ExampleTargets['kind'], (values: ArrayLike<number>, width: number) => LabelColumns>
> = {
  'multi-label': setColumns,
  regress: numberColumns,
}

/** The columns of labelled examples: of their classes, or of the sets of labels or numbers that they have instead. */
export const columnsOf = ({ labels, classes, targets }: Omit<LabelledExamples, 'x'>): LabelColumns =>
  targets === undefined ? classColumns(labels, classes) : targetColumns[targets.kind](targets.values, classes)
