import { nameAmong, type Candidate } from './candidate.ts'
import { taskKindOf, type ComparingWords } from '../tasks/task-kind.ts'
import { predictedIn, type Judged } from './judgement.ts'
import { paired, scoreOf } from './score.ts'

/** A choice and the reason for it. */
export interface Choice {
  readonly candidate: Candidate
  readonly why: string
  /** The candidates that are level with it: within one standard error of the best. */
  readonly level: readonly Candidate[]
}

/**
 * Chooses the cheapest of the candidates whose score, the accuracy of classes, is within one standard error of the best.
 *
 * Scores are compared on the examples that all of them predicted; the standard error is of the paired difference there.
 * Candidates are given from the cheapest to the dearest: measured seconds would let chance choose between those that cost
 * the same. `all` are those that names must tell apart.
 *
 * References:
 *   Breiman, Friedman, Olshen & Stone, "Classification and Regression Trees", 1984, §3.4.3
 */
export const chooseAmong = (candidates: readonly Candidate[], all: readonly Candidate[] = candidates): Choice => {
  const common = onCommon(candidates)
  const rated = common.map(({ candidate, judged }) => ({ candidate, judged, score: scoreOf(judged) }))
  const best = rated.reduce((a, b) => (b.score > a.score ? b : a))
  const compared = rated.map((each) => ({ ...each, ...paired(best.judged, each.judged) }))
  const level = compared.filter(({ difference, standardError }) => difference <= standardError)
  const chosen = level[0] as Compared
  const name = ({ candidate }: Compared): string => nameAmong(candidate, all)
  const words = taskKindOf(best.judged).comparing
  const next = compared.filter(({ candidate }) => candidate !== best.candidate).toSorted(byDifference)[0]
  return {
    candidate: chosen.candidate,
    level: level.slice(1).map(({ candidate }) => candidate),
    why:
      chosen.candidate !== best.candidate
        ? `the cheapest within one standard error of ${words.best}, ${nameAmong(best.candidate, all)}, which is ${aheadWords(chosen, words)}`
        : bestWhy(next, name, words),
  }
}

/** A candidate with its distance to the best one. */
interface Compared extends ReturnType<typeof paired> {
  readonly candidate: Candidate
}

const byDifference = (a: Compared, b: Compared): number => a.difference - b.difference

/** The candidates' predictions of the examples that all of them predicted. */
const onCommon = (
  candidates: readonly Candidate[],
): readonly { readonly candidate: Candidate; readonly judged: Judged }[] => {
  const predicted = candidates.map(({ judged }) => new Set(predictedIn(judged)))
  return candidates.map((candidate) => {
    const { judged } = candidate
    const probabilities = judged.probabilities.map((p, i) =>
      predicted.every((places) => places.has(Math.floor(i / judged.classes))) ? p : NaN,
    )
    return { candidate, judged: { ...judged, probabilities } }
  })
}

/** The reason for the best one, from the next best one: by how much, and whether that is more than chance. */
const bestWhy = (next: Compared | undefined, name: (compared: Compared) => string, words: ComparingWords): string => {
  const { best, better } = words
  if (next === undefined) return `${best} by cross-validation`
  const { difference, standardError, count } = next
  if (difference <= standardError)
    return `the cheapest of those that are level on ${count} held-out examples, none of which is ${better}`
  const chance = difference > 1.96 * standardError ? '' : ', which may be chance'
  return `${best} by cross-validation: ${name(next)} is ${aheadWords(next, words).replace('ahead', 'behind')}${chance}`
}

const aheadWords = ({ difference, standardError, count }: Compared, { shown, unit }: ComparingWords): string =>
  `${shown(difference)} ± ${shown(standardError)} ${unit} ahead on ${count} held-out examples`
