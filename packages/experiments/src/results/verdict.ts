import { labelOf } from './labels.ts'
import type { Difference, MethodSummary, Row } from './results.ts'
import { points } from './words.ts'

/** With fewer draws than this an interval over them is too narrow to rest a decision on. */
const enough = 5

/**
 * The method to ship, and how far the numbers bear that out. A claim is made only where the interval excludes zero and
 * there are at least five draws of labels. Only candidates are recommended.
 */
export const verdictOf = (rows: readonly Row[], reference: MethodSummary | null, draws: number): string => {
  const rivals = rows.flatMap(({ method, role, mean, difference }) =>
    difference !== null && role === 'candidate' ? [{ method, mean, difference }] : [],
  )
  const [best] = [...rivals].sort((a, b) => b.mean - a.mean)
  if (reference === null || best === undefined)
    return 'No verdict: a comparison needs at least one of scratch, share, fine-tune and at least one ptu.'
  const label = labelOf({ method: reference.name, role: reference.role })
  const found = told(best.method, label, best.difference, draws)
  if (draws < enough) return `${found} ${few(draws)}`
  return `${found} ${advice(best.method, label, best.difference)}`
}

const told = (name: string, reference: string, { mean, interval, wins }: Difference, draws: number): string =>
  `Over ${draws} ${draws === 1 ? 'draw' : 'draws'} of labels ${name} is ${points(mean)} points from ${reference} ` +
  `(95 % interval ${points(interval.low)} to ${points(interval.high)}, ahead in ${wins} of ${draws}).`

const few = (draws: number): string =>
  `${draws === 1 ? 'One draw is' : `${draws} draws are`} too few to decide which to ship: repeat with --seeds ${enough} or more.`

const advice = (name: string, reference: string, { interval: { low, high } }: Difference): string => {
  if (low > 0) return `On this source network and these data, ship ${name}.`
  if (high < 0) return `On this source network and these data, ship what ${reference} chose.`
  return `The interval includes zero: they cannot be told apart here. ${name} needs no search; ${reference} does.`
}
