import { nameAmong, type Candidate } from './candidate.ts'
import { scoreOf } from './score.ts'

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
export const each = ({ seconds, folds }: Candidate): number => seconds / Math.max(1, folds)

/** Seconds that so many folds of some candidates take. */
export const costOf = (candidates: readonly Candidate[], folds: number, workers: number): number =>
  (folds * candidates.reduce((sum, candidate) => sum + each(candidate), 0)) / workers

/** Seconds that are set aside for the final training of whichever candidate is chosen, with a margin of a half. */
export const finalCost = (candidates: readonly Candidate[]): number => 1.5 * Math.max(0, ...candidates.map(each))

/**
 * Fits a cross-validation into the time that is left, after its first fold.
 *
 * Where not all fits, first those that are only compared with are left out, then the worse half of the candidates
 * is dropped again and again (successive halving), then folds. Those that are kept stay in their order.
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
  const isAffordable = (some: readonly Candidate[]): boolean => costOf(some, folds, workers) + finalCost(some) <= left
  let kept = candidates
  if (!isAffordable(kept)) {
    const choices = kept.filter(isChoice)
    const others = kept.filter((candidate) => !isChoice(candidate))
    if (others.length > 0 && choices.length > 0) {
      notes.push(`no time for more than one fold of ${others.map((other) => nameAmong(other, candidates)).join(', ')}`)
      kept = choices
    }
  }
  while (kept.length > 1 && !isAffordable(kept)) {
    const ranked = kept.toSorted((a, b) => scoreOf(b.judged) - scoreOf(a.judged))
    const dropped = ranked.slice(Math.ceil(ranked.length / 2))
    notes.push(`no time for more than one fold of ${dropped.map((other) => nameAmong(other, candidates)).join(', ')}`)
    kept = kept.filter((candidate) => !dropped.includes(candidate))
  }
  const perFold = costOf(kept, 1, workers)
  const possible = perFold === 0 ? folds : Math.max(0, Math.min(folds, Math.floor((left - finalCost(kept)) / perFold)))
  if (possible < folds)
    notes.push(
      `no time for ${folds - possible} of the ${folds + 1} folds of ${kept.map((one) => nameAmong(one, candidates)).join(', ')}: ` +
        'only a part of the examples was held out',
    )
  return { candidates: kept, folds: possible, notes }
}
