import { key } from '@ptu/core'

import { decision, type Decision } from '../statistics/decision.ts'
import { holm } from '../statistics/holm.ts'
import { pairedDifference, type PairedDifference } from '../statistics/paired-difference.ts'
import { taskKindNamed, type ComparingWords } from '../tasks/task-kind.ts'
import { labelOf } from './labels.ts'
import type { Results, Row } from './results.ts'
import { probability, signed } from './words.ts'

/** The parts of results that a verdict rests on. */
export type Judgeable = Pick<Results, 'target' | 'runs' | 'rows' | 'reference'> & {
  readonly settings: Pick<Results['settings'], 'judged'>
}

/** A method against another one, and the decision that follows. */
interface Contest {
  readonly row: Row
  readonly difference: PairedDifference
  readonly decided: Decision
}

/** Compares two methods over the draws of labels that they share. */
const contest = ({ runs, target }: Judgeable, row: Row, other: string): Contest => {
  const of = (name: string): readonly number[] =>
    runs.filter(({ method }) => method === name).map(({ accuracy }) => accuracy)
  const resolution = taskKindNamed(target.kind).step(target.testLabels)
  const difference = pairedDifference(key(0), of(row.method), of(other), { resolution })
  return { row, difference, decided: decision(difference) }
}

/**
 * Gives the verdict on a comparison: what to ship, as far as the numbers support it.
 *
 * One candidate was named beforehand to be judged. It is ahead of the reference, or behind, only if the 95 % interval
 * excludes 0 and the sign-flip p is below .05, which takes at least six draws. Otherwise the verdict says about how
 * many more draws would separate the two, and which methods are level with the judged one. The p of other candidates
 * are corrected by Holm's method, and the verdict says so. Controls are never recommended, nor is a tuned baseline by
 * its test result.
 */
export const verdictOf = (results: Judgeable): string => {
  const { rows, reference, settings } = results
  const judged = rows.find(({ method }) => method === settings.judged)
  const against = rows.find(({ method }) => method === reference)
  if (judged === undefined || against === undefined)
    return 'No verdict: a comparison needs a method to compare with, such as fine-tune, and a candidate, such as ptu.'
  const main = contest(results, judged, against.method)
  const words = taskKindNamed(results.target.kind).comparing
  const sentences = [told(main, against, words), advice(main, against)]
  return [...sentences, ...level(results, main), ...others(results, judged, against)].join(' ')
}

const told = ({ row, difference }: Contest, against: Row, { shown, unit }: ComparingWords): string => {
  const { count, mean, interval, wins, p } = difference
  const range =
    interval === null
      ? 'no interval'
      : `95 % interval ${signed(shown, interval.low)} to ${signed(shown, interval.high)}`
  return (
    `Over ${drawsOf(count)} of labels ${labelOf(row)} is ${signed(shown, mean)} ${unit} from ${labelOf(against)} ` +
    `(${range}, ahead in ${wins} of ${count}, p ${probability(p)}).`
  )
}

const drawsOf = (count: number): string => (count === 1 ? '1 draw' : `${count} draws`)

const advice = ({ row, difference, decided }: Contest, against: Row): string => {
  const { outcome, fewestDraws, moreDraws } = decided
  const { count } = difference
  if (outcome === 'ahead') return `On this source network and these data, ship ${labelOf(row)}.`
  if (outcome === 'behind') return `On this source network and these data, ship ${chosenBy(against)}.`
  const few = count < fewestDraws ? `: fewer than ${fewestDraws} draws decide nothing` : ''
  if (moreDraws !== null)
    return `Not decided${few}; about ${moreDraws} more would separate them (--seeds ${count + moreDraws}).`
  return few === ''
    ? 'Not decided; no number of draws can be named that would separate them.'
    : `Not decided${few}; repeat with --seeds ${fewestDraws} or more.`
}

/** The name of what is shipped: for a tuned baseline, its search's choice. */
const chosenBy = (row: Row): string => (row.role === 'baseline' ? `what ${labelOf(row)} chose` : labelOf(row))

/** The methods that cannot be told apart from the judged one, if there are draws enough to say so. */
const level = (results: Judgeable, { row, difference, decided }: Contest): readonly string[] => {
  if (difference.count < decided.fewestDraws) return []
  const names = results.rows
    .filter((other) => other !== row && contest(results, row, other.method).decided.outcome === 'undecided')
    .map(labelOf)
  return names.length === 0 ? [] : [`Level with ${labelOf(row)} so far: ${names.join(', ')}.`]
}

/** The candidates that were not named beforehand. */
const others = (results: Judgeable, judged: Row, against: Row): readonly string[] => {
  const found = results.rows
    .filter((row) => row.role === 'candidate' && row !== judged)
    .map((row) => contest(results, row, against.method))
  if (found.length === 0) return []
  const { shown } = taskKindNamed(results.target.kind).comparing
  const corrected = holm(found.map(({ difference }) => difference.p))
  const parts = found.map(({ row, difference }, i) => {
    const p = corrected[i] ?? 1
    const { outcome } = decision({ ...difference, p })
    return `${labelOf(row)} ${signed(shown, difference.mean)} (p ${probability(p)}), ${outcome === 'undecided' ? 'not decided' : outcome}`
  })
  return [
    `To ${labelOf(against)}, not named beforehand and with p corrected for ${found.length} by Holm: ${parts.join('; ')}.`,
  ]
}
