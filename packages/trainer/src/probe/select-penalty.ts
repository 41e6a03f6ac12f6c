import { asPart, type Stepwise } from '@ptu/core'

import { minimising } from './lbfgs.ts'
import { rowOf, rowsAt, type Matrix } from './matrix.ts'
import { logProbabilities, softmaxObjective, zeroParams } from './softmax-objective.ts'

/** The examples and folds on which a penalty is chosen, and the penalties to choose from. */
export interface Selection {
  readonly rows: Matrix
  readonly labels: Int32Array
  readonly classes: number
  /** The examples that each fold holds out. */
  readonly folds: readonly (readonly number[])[]
  readonly penalties: readonly number[]
}

/** The chosen penalty, and its log-probabilities of the examples that were held out. */
export interface Selected {
  readonly penalty: number
  /** `[examples, classes]`; NaN for an example whose class the other folds lack. */
  readonly heldOut: Float64Array
}

/**
 * The norm of the gradient that is good enough to compare penalties.
 *
 * The objective is then within 5e-5 of its minimum, because the penalty gives it a curvature of at least λ.
 */
const toleranceAt = (penalty: number): number => 1e-2 * Math.sqrt(penalty)

/** The norm of the gradient for the held-out log-probabilities that are kept. */
const finalTolerance = 1e-4

/** The search ends after this many weaker penalties in a row that do not help. */
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

/** The mean of `-log p` of their class over the examples that were judged; 0 if none was. */
const lossOf = (heldOut: Float64Array, labels: Int32Array, classes: number): number => {
  const logs = Array.from(labels, (label, i) => heldOut[i * classes + label] as number).filter((x) => !Number.isNaN(x))
  return logs.reduce((sum, log) => sum - log / logs.length, 0)
}

/** The weights of each fold at a penalty, starting from the given ones. */
const fitted = function* (
  folds: readonly Fold[],
  from: readonly Float64Array[],
  { classes, penalty, tolerance }: { readonly classes: number; readonly penalty: number; readonly tolerance: number },
): Stepwise<readonly Float64Array[]> {
  const all: Float64Array[] = []
  for (const [f, fold] of folds.entries()) {
    const objective = softmaxObjective({ ...fold, classes, penalty })
    all.push(yield* minimising(objective, from[f] as Float64Array, { tolerance }))
    yield all.length / folds.length
  }
  return all
}

/** The log-probabilities that each fold's weights give its held-out examples. */
const judge = (
  folds: readonly Fold[],
  params: readonly Float64Array[],
  labels: Int32Array,
  classes: number,
): Float64Array => {
  const heldOut = new Float64Array(labels.length * classes).fill(NaN)
  folds.forEach((fold, f) => {
    const logs = logProbabilities(params[f] as Float64Array, fold.judgedRows, classes)
    fold.judged.forEach((example, i) => {
      heldOut.set(rowOf(logs, i), example * classes)
    })
  })
  return heldOut
}

/** A penalty with the weights of each fold at it, and their loss on what is held out. */
interface Tried {
  readonly penalty: number
  readonly params: readonly Float64Array[]
  readonly loss: number
}

/**
 * Chooses the penalty with the lowest log-loss on held-out folds; among equals, the strongest.
 *
 * Penalties are tried from the strongest on, each started from the weights of the last. The search ends after two in a
 * row that are no better than the best. If no example can be judged, the strongest is chosen. The part that is done is told
 * as if all penalties were tried.
 */
export const selectPenalty = function* (selection: Selection): Stepwise<Selected> {
  const { rows, labels, classes, penalties } = selection
  const folds = selection.folds.map((held) => foldOf(selection, held))
  const [strongest = NaN, ...weaker] = [...penalties].sort((a, b) => b - a)
  const part = 1 / (penalties.length + 1)
  let tried = 0
  const at = function* (penalty: number, from: readonly Float64Array[]): Stepwise<Tried> {
    const fits = fitted(folds, from, { classes, penalty, tolerance: toleranceAt(penalty) })
    const params = yield* asPart(fits, part * tried++, part)
    return { penalty, params, loss: lossOf(judge(folds, params, labels, classes), labels, classes) }
  }
  let best = yield* at(
    strongest,
    folds.map(() => zeroParams(rows.columns, classes)),
  )
  let last = best
  let worse = 0
  for (const penalty of weaker) {
    last = yield* at(penalty, last.params)
    worse = last.loss < best.loss ? 0 : worse + 1
    if (worse === 0) best = last
    if (worse === patience) break
  }
  const fits = fitted(folds, best.params, { classes, penalty: best.penalty, tolerance: finalTolerance })
  const exact = yield* asPart(fits, 1 - part, part)
  return { penalty: best.penalty, heldOut: judge(folds, exact, labels, classes) }
}
