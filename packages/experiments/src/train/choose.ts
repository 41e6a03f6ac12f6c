import { nameAmong, type Candidate } from './candidate.ts'
import { judge, paired } from './judgement.ts'

/** A choice and the reason for it. */
export interface Choice {
  readonly candidate: Candidate
  readonly why: string
  /** The candidates that are level with it: within one standard error of the best. */
  readonly level: readonly Candidate[]
}

/**
 * Chooses the cheapest of the candidates whose accuracy is within one standard error of the best.
 *
 * The standard error is of the paired difference over the examples that both predicted. Candidates are given from the
 * cheapest to the dearest: measured seconds would let chance choose between those that cost the same.
 *
 * References:
 *   Breiman, Friedman, Olshen & Stone, "Classification and Regression Trees", 1984, §3.4.3
 */
export const chooseAmong = (candidates: readonly Candidate[]): Choice => {
  const rated = candidates.map((candidate) => ({ candidate, accuracy: judge(candidate.judged).accuracy }))
  const best = rated.reduce((a, b) => (b.accuracy > a.accuracy ? b : a)).candidate
  const level = candidates.filter((candidate) => {
    const { difference, standardError } = paired(best.judged, candidate.judged)
    return difference <= standardError
  })
  const candidate = level[0] ?? best
  return {
    candidate,
    level: level.filter((other) => other !== candidate),
    why: candidate === best ? bestWhy(best, candidates) : levelWhy(candidate, best, candidates),
  }
}

/** The next best one, by how many points, and whether that is more than chance. */
const bestWhy = (best: Candidate, candidates: readonly Candidate[]): string => {
  const others = candidates
    .filter((other) => other !== best)
    .map((other) => ({ other, ...paired(best.judged, other.judged) }))
    .toSorted((a, b) => a.difference - b.difference)
  const [next] = others
  if (next === undefined) return 'the most accurate by cross-validation'
  const { difference, standardError, count, other } = next
  return (
    `the most accurate by cross-validation: ${pointsOf(difference, standardError)} points ahead of ` +
    `${nameAmong(other, candidates)} on ${count} held-out examples` +
    (difference > 1.96 * standardError ? '' : ', which may be chance')
  )
}

const levelWhy = (candidate: Candidate, best: Candidate, candidates: readonly Candidate[]): string => {
  const { difference, standardError, count } = paired(best.judged, candidate.judged)
  return (
    `the cheapest within one standard error of the most accurate, ${nameAmong(best, candidates)}, which is ` +
    `${pointsOf(difference, standardError)} points ahead on ${count} held-out examples`
  )
}

const pointsOf = (difference: number, standardError: number): string =>
  `${(100 * difference).toFixed(1)} ± ${(100 * standardError).toFixed(1)}`
