import { taskKindOf } from '../tasks/task-kind.ts'
import { predictedIn, type Judged } from './judgement.ts'

/** The score of predictions by the kind of their task: accuracy, macro F1 or R²; more is better. */
export const scoreOf = (judged: Judged): number => taskKindOf(judged).score(judged)

/** The predictions of some examples alone; the others become NaN. */
const onlyAt = (judged: Judged, places: ReadonlySet<number>): Judged => ({
  ...judged,
  probabilities: judged.probabilities.map((p, i) => (places.has(Math.floor(i / judged.classes)) ? p : NaN)),
})

/** Compares two sets of predictions on the examples that both judged: the difference of scores and its standard error. */
export const paired = (
  a: Judged,
  b: Judged,
): { readonly difference: number; readonly standardError: number; readonly count: number } => {
  const known = new Set(predictedIn(b))
  const both = predictedIn(a).filter((i) => known.has(i))
  const common = new Set(both)
  const kind = taskKindOf(a)
  const [first, second] = [kind.values(onlyAt(a, common)), kind.values(onlyAt(b, common))]
  const values = both.map((i) => (first[i] as number) - (second[i] as number))
  const difference = values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length)
  const variance = values.reduce((sum, x) => sum + (x - difference) ** 2, 0) / Math.max(1, values.length - 1)
  return { difference, standardError: Math.sqrt(variance / Math.max(1, values.length)), count: values.length }
}
