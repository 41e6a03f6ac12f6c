import type { Candidate } from './candidate.ts'
import { judge } from './judgement.ts'

/** The time that is left for cross-validation, and what one training takes. */
export interface Budget {
  /** Seconds that are left for the other folds and the final training. */
  readonly left: number
  /** Trainings that run at the same time. */
  readonly workers: number
  /** The folds that were not trained yet. */
  readonly folds: number
}

/** The part of a cross-validation that there is time for. */
export interface Plan {
  readonly candidates: readonly Candidate[]
  /** The further folds that are trained. */
  readonly folds: number
  /** Statements of what there is no time for. */
  readonly notes: readonly string[]
}

/** Seconds that a training of a candidate took. */
const each = ({ seconds, folds }: Candidate): number => seconds / Math.max(1, folds)

const costOf = (candidates: readonly Candidate[], folds: number, workers: number): number =>
  (folds * candidates.reduce((sum, candidate) => sum + each(candidate), 0)) / workers

/**
 * Fits a cross-validation into the time that is left, after its first fold.
 *
 * Where not all fits, first those that are only compared with are left out, then the less accurate half of the candidates
 * is dropped again and again (successive halving), then folds.
 *
 * References:
 *   Jamieson & Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", AISTATS 2016, §3, https://arxiv.org/abs/1502.07943
 */
export const planFolds = (
  candidates: readonly Candidate[],
  isChoice: (candidate: Candidate) => boolean,
  { left, workers, folds }: Budget,
): Plan => {
  const notes: string[] = []
  const final = 1.5 * Math.max(...candidates.map(each))
  const isAffordable = (some: readonly Candidate[]): boolean => costOf(some, folds, workers) + final <= left
  let kept = candidates
  if (!isAffordable(kept)) {
    const choices = kept.filter(isChoice)
    const others = kept.filter((candidate) => !isChoice(candidate))
    if (others.length > 0 && choices.length > 0) {
      notes.push(`no time for more than one fold of ${others.map(({ method }) => method).join(', ')}`)
      kept = choices
    }
  }
  while (kept.length > 1 && !isAffordable(kept)) {
    const ranked = kept.toSorted((a, b) => judge(b.judged).accuracy - judge(a.judged).accuracy)
    const dropped = ranked.slice(Math.ceil(ranked.length / 2))
    notes.push(
      `no time for more than one fold of ${dropped.map(({ method, held }) => `${method} at ${held.rate}`).join(', ')}`,
    )
    kept = ranked.slice(0, Math.ceil(ranked.length / 2))
  }
  const perFold = costOf(kept, 1, workers)
  const possible = perFold === 0 ? folds : Math.max(0, Math.min(folds, Math.floor((left - final) / perFold)))
  if (possible < folds)
    notes.push(`no time for ${folds - possible} of the ${folds + 1} folds: only a part of the examples was held out`)
  return { candidates: kept, folds: possible, notes }
}
