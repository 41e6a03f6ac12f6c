import { percent } from '@ptu/experiments'

import { counted, countedOf } from '../format.ts'
import type {
  Breaks,
  Certainty,
  Changes,
  ColumnLeaning,
  Explanation,
  Measured,
  Missing,
  PhotoLeaning,
} from './explanation.ts'
import type { FragileParameters } from './inside.ts'
import { isMissing } from './explanation.ts'

/** A part in per cent, with its interval: `12.3 (8.0 to 17.1)`. */
export const measuredWords = ({ value, interval }: Measured): string =>
  interval === null ? percent(value) : `${percent(value)} (${percent(interval.low)} to ${percent(interval.high)})`

/** The most columns that are named. */
const few = 3

const isAbove = ({ interval }: Measured, value: number): boolean => interval !== null && interval.low > value
const isBelow = ({ interval }: Measured, value: number): boolean => interval !== null && interval.high < value

/** Names things: `a`, `a and b`, `a, b and c`. */
const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/** Words what a model leans on. */
const leaningWords = (leaning: PhotoLeaning | ColumnLeaning | Missing): string => {
  if (isMissing(leaning)) return `Not told: ${leaning.why}.`
  return leaning.kind === 'pictures' ? pictureWords(leaning) : columnWords(leaning)
}

const pictureWords = ({ pictures, most, elsewhere, difference, edge }: PhotoLeaning): string => {
  const drops =
    `Covering the fifth of a picture that it leans on most lowers the probability of its class by ${measuredWords(most)} points, ` +
    `covering the same shape elsewhere by ${percent(elsewhere.value)}`
  const verdict = isAbove(difference, 0)
    ? 'so the heat maps show what matters to it'
    : 'which may be chance, so the heat maps say little: it leans on no single part, or there are too few pictures'
  const place = isAbove(edge, edge.area)
    ? `More of it lies at the edges than their area: ${measuredWords(edge)} % in the outer ring, which is ${percent(edge.area)} % of the area. It may read the background`
    : isBelow(edge, edge.area)
      ? `Less of it lies at the edges than their area: ${measuredWords(edge)} % in the outer ring, which is ${percent(edge.area)} % of the area`
      : `Of it, ${measuredWords(edge)} % lies in the outer ring, which is ${percent(edge.area)} % of the area: no more and no less than chance allows`
  return `${drops} (${counted(pictures.length, 'picture')}), ${verdict}. ${place}.`
}

const columnWords = ({ columns, left }: ColumnLeaning): string => {
  const clear = columns.filter(({ drop }) => isAbove(drop, 0))
  const rest = left === 0 ? '' : ` ${left} further columns were not looked at.`
  if (clear.length === 0) return `No single column matters more than chance allows.${rest}`
  const named = clear.slice(0, few).map(({ name, drop }) => `${name}, worth ${measuredWords(drop)} points of accuracy`)
  const others = columns.length - clear.length
  return `It leans most on ${listed(named)}.${others === 0 ? '' : ` ${others} of ${columns.length} columns cannot be told from none.`}${rest}`
}

/** Words how far probabilities can be trusted. */
const certaintyWords = ({ accuracy, calibration, selective, temperature }: Certainty, many: string): string => {
  const { value, interval, chance } = calibration
  const off =
    value <= chance
      ? `Its probabilities are ${percent(value)} points off on average, which is what chance gives with so few ${many} if they are right (up to ${percent(chance)})`
      : `Its probabilities are ${percent(value)} points off on average (95 % interval ${percent(interval?.low ?? 0)} to ${percent(interval?.high ?? 1)})`
  return [
    `It names ${measuredWords(accuracy)} % of these ${many} right.`,
    `${off}${temperatureWords(temperature, calibration)}.`,
    selectiveWords(selective, many),
  ].join(' ')
}

const temperatureWords = (
  temperature: Certainty['temperature'],
  { value, chance }: Certainty['calibration'],
): string => {
  if (temperature === null || value <= chance) return ''
  const way = temperature.value > 1 ? 'too sure' : 'not sure enough'
  return `: it is ${way}; dividing its logits by ${temperature.value.toFixed(2)} leaves ${percent(temperature.calibration.value)} points`
}

const selectiveWords = (selective: Certainty['selective'], many: string): string => {
  if (selective === null) return `There are too few ${many} to say from which probability on it can be trusted.`
  const target = `${(100 * selective.target).toFixed(0)} %`
  if (selective.threshold === null) return `At no probability are ${target} of its answers right.`
  if (selective.accuracy === null)
    return `From a probability of ${percent(selective.threshold)} % on ${target} are right here, but no example that this was not chosen by is so sure.`
  return (
    `To have ${target} right, trust it from a probability of ${percent(selective.threshold)} % on: it then answers ${percent(selective.coverage.value)} % of the ${many}, ` +
    `and of those that the threshold was not chosen by ${measuredWords(selective.accuracy)} % are right.`
  )
}

/** The changes that a model does not stand, in words. */
const breaksWords = ({ accuracy, count, shifts }: Breaks, many: string): string => {
  const broken = shifts.filter(({ breaksAt }) => breaksAt !== null)
  const stood = shifts.filter(({ breaksAt }) => breaksAt === null).map(({ name }) => name)
  const start = `From ${percent(accuracy)} % of ${countedOf(count, many)} as ${count === 1 ? 'it is' : 'they are'}`
  if (broken.length === 0) return `${start}, no change that was tried lowers the accuracy by more than chance allows.`
  const [first] = broken
  const point = first?.points.find(({ severity }) => severity === first.breaksAt)
  const last = first?.points.at(-1)
  if (first === undefined || point === undefined || last === undefined) return start
  return (
    `${start}, it loses most under ${first.name}: from ${point.words} on (severity ${point.severity} of 5) it loses ${measuredWords(point.drop)} points, ` +
    `and ${percent(last.drop.value)} at severity ${last.severity}.` +
    (broken.length > 1 ? ` It also breaks under ${listed(broken.slice(1).map(({ name }) => name))}.` : '') +
    (stood.length > 0 ? ` No loss beyond chance under ${listed(stood)}.` : '')
  )
}

/** The most fragile parameters, in words; nothing where they were not found. */
const fragileWords = (fragile: FragileParameters | Missing): string => {
  if (isMissing(fragile)) return ''
  const [worst] = fragile.blocks
  if (worst === undefined) return ''
  const size = `${(100 * fragile.part).toFixed(0)} %`
  return isAbove(worst.lost, 0)
    ? ` Of its parameters those of ${worst.name} are the most fragile: moved by ${size} of their length in the worst direction, they cost ${measuredWords(worst.lost)} points of the probability of the right class.`
    : ` No block loses more than chance allows where its parameters are moved by ${size} of their length in the worst direction.`
}

/** Words what transfer changed. */
const changesWords = (changes: Changes | Missing): string => {
  if (isMissing(changes)) return `Not known: ${changes.why}.`
  const { blocks } = changes
  const moved = blocks.filter(({ change }) => change !== null && change > 0)
  const same = blocks.filter(({ change }) => change === 0).length
  const other = blocks.filter(({ change }) => change === null).length
  if (moved.length === 0) return `Nothing but the head: all ${blocks.length} blocks are those of the source.`
  const most = moved.reduce((a, b) => ((b.change ?? 0) > (a.change ?? 0) ? b : a))
  return (
    `${changedWords(blocks.length, moved.length, same)}, ${most.name}${moved.length === 1 ? '' : ' most'}: its weights moved by ${percent(most.change ?? 0)} % of their length.` +
    (other > 0 ? ` ${other} cannot be compared.` : '') +
    leastAlikeWords(changes)
  )
}

const changedWords = (all: number, moved: number, same: number): string => {
  if (moved === all) return all === 1 ? 'Its only block changed' : `All ${all} blocks changed`
  const kept = same === 0 ? 'none is' : same === 1 ? '1 is' : `${same} are`
  return `Of ${all} blocks ${kept} exactly as in the source and ${moved} changed`
}

/** A likeness from 0 to 1, with its interval: `0.46 (0.38 to 0.53)`. */
export const likenessWords = ({ value, interval }: Measured): string =>
  interval === null
    ? value.toFixed(2)
    : `${value.toFixed(2)} (${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})`

/** From here on, a likeness is shown as 1.00. */
const alike = 0.995

const leastAlikeWords = ({ blocks }: Changes): string => {
  const known = blocks.flatMap(({ name, likeness }) => (likeness === null ? [] : [{ name, likeness }]))
  const [first, ...rest] = known
  if (first === undefined) return ''
  const least = rest.reduce((a, b) => (b.likeness.value < a.likeness.value ? b : a), first)
  if (least.likeness.value >= alike) return ' The outputs of all blocks are like those of the source (CKA of 1.00).'
  return ` The outputs of ${least.name} are least like those of the source: ${likenessWords(least.likeness)} by CKA, where 1 is alike.`
}

/** The answers of a document. */
export const answersOf = ({
  leaning,
  certainty,
  breaks,
  fragile,
  changes,
  data: { many },
}: Pick<Explanation, 'leaning' | 'certainty' | 'breaks' | 'fragile' | 'changes' | 'data'>): Explanation['answers'] => ({
  leaning: leaningWords(leaning),
  certainty: certaintyWords(certainty, many),
  breaks: breaksWords(breaks, many) + fragileWords(fragile),
  changes: changesWords(changes),
})

/** The questions, in the order of the answers. */
export const questions: Readonly<Record<keyof Explanation['answers'], string>> = {
  leaning: 'What it leans on',
  certainty: 'How sure it is',
  breaks: 'What breaks it',
  changes: 'What transfer changed',
}

/** The warning that examples are those of the training; undefined where they are not. */
export const seenWords = ({ seen, many, leftOut }: Explanation['data']): string | undefined => {
  if (seen === 'trained on')
    return `The model was trained on these very ${many}: accuracy, certainty and losses below are too good. Explain it on others.`
  if (seen === 'held out')
    return `These are the data of its training: only the part that was held out from it is looked at.`
  return leftOut === 0 ? undefined : `Left out, as the model was trained on them or on equal ones: ${leftOut} ${many}.`
}
