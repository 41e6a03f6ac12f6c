import { minimise } from './lbfgs.ts'
import { rowOf, rowsAt, type Matrix } from './matrix.ts'
import { logProbabilities, softmaxObjective, zeroParams } from './softmax-objective.ts'

/** What a penalty is chosen on. */
export interface Selection {
  readonly rows: Matrix
  readonly labels: Int32Array
  readonly classes: number
  /** The examples that each fold holds out. */
  readonly folds: readonly (readonly number[])[]
  readonly penalties: readonly number[]
}

/** The penalty chosen, and what it said of examples that it had not seen. */
export interface Selected {
  readonly penalty: number
  /** `[examples, classes]`; NaN for an example whose class the other folds lack. */
  readonly heldOut: Float64Array
}

/**
 * The norm of the gradient that is good enough to compare penalties. The objective is then within 2e-6 of its least, as
 * the penalty gives it a curvature of at least λ.
 */
const toleranceAt = (penalty: number): number => 2e-3 * Math.sqrt(penalty)

/** After so many weaker penalties that do not help, weaker ones still are not tried. */
const patience = 2

/** One fold's examples to train on and to judge. */
interface Fold {
  readonly rows: Matrix
  readonly labels: Int32Array
  readonly judged: readonly number[]
  readonly judgedRows: Matrix
}

const foldOf = ({ rows, labels }: Selection, held: readonly number[]): Fold => {
  const out = new Set(held)
  const kept = Array.from({ length: rows.rows }, (_, i) => i).filter((i) => !out.has(i))
  const known = new Set(kept.map((i) => labels[i]))
  const judged = held.filter((i) => known.has(labels[i]))
  return {
    rows: rowsAt(rows, kept),
    labels: Int32Array.from(kept, (i) => labels[i] as number),
    judged,
    judgedRows: rowsAt(rows, judged),
  }
}

/** The mean of `-log p` of their class over the examples that were judged; NaN where none was. */
const lossOf = (heldOut: Float64Array, labels: Int32Array, classes: number): number => {
  const logs = Array.from(labels, (label, i) => heldOut[i * classes + label] as number).filter((x) => !Number.isNaN(x))
  return logs.reduce((sum, log) => sum - log / logs.length, logs.length === 0 ? NaN : 0)
}

/**
 * Chooses the penalty with the lowest log-loss on held-out folds; of equal ones the strongest.
 *
 * Penalties are tried from the strongest on, each started from the weights of the last. The search ends after two in a row
 * that are no better than the best. Where no example can be judged, the strongest is chosen.
 */
export const selectPenalty = (selection: Selection): Selected => {
  const { rows, labels, classes, penalties } = selection
  const folds = selection.folds.map((held) => foldOf(selection, held))
  let params = folds.map(() => zeroParams(rows.columns, classes))
  let best: (Selected & { readonly loss: number }) | undefined
  let worse = 0
  for (const penalty of [...penalties].sort((a, b) => b - a)) {
    const heldOut = new Float64Array(labels.length * classes).fill(NaN)
    params = folds.map((fold, f) => {
      const objective = softmaxObjective({ ...fold, classes, penalty })
      const found = minimise(objective, params[f] as Float64Array, { tolerance: toleranceAt(penalty) })
      const logs = logProbabilities(found, fold.judgedRows, classes)
      fold.judged.forEach((example, i) => {
        heldOut.set(rowOf(logs, i), example * classes)
      })
      return found
    })
    const loss = lossOf(heldOut, labels, classes)
    const isBetter = best === undefined || loss < best.loss
    worse = isBetter ? 0 : worse + 1
    if (isBetter) best = { penalty, heldOut, loss }
    if (worse === patience) break
  }
  return best as Selected
}
