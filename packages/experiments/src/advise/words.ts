import type { BlockEvidence, Evidence, Hypothesis } from '@ptu/strategies'

/** The fate of a block. */
export type BlockState = 'as it is' | 'adapted' | 'mixed' | 'new'

/**
 * The outcome of the evidence in all.
 *
 * - `departs`: something beats training everything from the source by the margin.
 * - `usual`: training everything from the source is the best hypothesis, by the margin.
 * - `undecided`: neither.
 */
export type Outcome = 'departs' | 'usual' | 'undecided'

/** The state that a block's gates set: as it is, adapted from the source, new, or a mix of source and new. */
export const stateOf = ({ update, fineTune }: Pick<BlockEvidence, 'update' | 'fineTune'>): BlockState => {
  if (update === 0) return 'as it is'
  if (fineTune === 1) return 'adapted'
  return fineTune === 0 && update === 1 ? 'new' : 'mixed'
}

/** Blocks that are named together: `blocks 2-4`, `block 3`. Numbers count from 1. */
const numbered = (from: number, to: number): string => (from === to ? `block ${to}` : `blocks ${from}-${to}`)

const inWords = (state: BlockState, count: number): string =>
  state === 'as it is' && count > 1 ? 'as they are' : state

/**
 * Words what becomes of the blocks, run by run, and of the head.
 *
 * @example
 * ```ts
 * expect(adviceOf(['as it is', 'as it is', 'mixed'])).toBe('blocks 1-2 as they are, block 3 mixed, head new')
 * ```
 */
export const adviceOf = (states: readonly BlockState[]): string => {
  const starts = states.flatMap((state, i) => (i > 0 && states[i - 1] === state ? [] : [i]))
  const runs = starts.map((start, r) => {
    const end = starts[r + 1] ?? states.length
    return `${numbered(start + 1, end)} ${inWords(states[start] as BlockState, end - start)}`
  })
  return [...runs, 'head new'].join(', ')
}

/** A hypothesis in words, about a source of which the blocks before `from` do not learn, and that has `blocks` in all. */
export const hypothesisName = (hypothesis: Hypothesis, from: number, blocks: number): string => {
  if (hypothesis.kind === 'frozen') return 'everything as it is'
  const start = from + hypothesis.depth
  if (start === blocks) return 'everything adapted'
  const kind = hypothesis.above === 'random' ? 'new' : 'mixed'
  const below = hypothesis.depth === 0 ? '' : `${numbered(from + 1, start)} adapted, `
  return `${below}${numbered(start + 1, blocks)} ${kind}`
}

/** `9 : 1`, of nats. */
export const oddsOf = (nats: number): string => {
  const odds = Math.exp(nats)
  if (odds > 1000) return 'more than 1000 : 1'
  return `${odds < 10 ? odds.toFixed(1) : odds.toFixed(0)} : 1`
}

type Ranked = Pick<Evidence, 'hypotheses' | 'advantage' | 'decisive'>

const ranking = ({ hypotheses }: Ranked): Evidence['hypotheses'] => hypotheses.toSorted((a, b) => b.score - a.score)

/** Words the lead of the best hypothesis over the second. */
const leadOf = (evidence: Ranked): number => {
  const [best, second] = ranking(evidence)
  return (best?.score ?? 0) - (second?.score ?? 0)
}

/** The outcome of evidence by a margin. */
export const outcomeOf = (evidence: Ranked, margin: number): Outcome => {
  if (evidence.decisive) return 'departs'
  return evidence.advantage === 0 && leadOf(evidence) >= margin ? 'usual' : 'undecided'
}

/** Words the reason for the advice. */
export const reasonOf = (evidence: Ranked, margin: number, from: number, blocks: number): string => {
  const [best, second] = ranking(evidence).map(({ hypothesis }) => hypothesisName(hypothesis, from, blocks))
  const nats = (value: number): string => `${value.toFixed(1)} nats`
  const outcome = outcomeOf(evidence, margin)
  const { advantage } = evidence
  if (outcome === 'departs')
    return `"${best ?? ''}" is ${nats(advantage)} ahead of "everything adapted" (${oddsOf(advantage)}); the margin is ${margin}`
  const lead = leadOf(evidence)
  if (outcome === 'usual')
    return `"everything adapted" explains the labels best, ${nats(lead)} ahead of "${second ?? ''}" (${oddsOf(lead)})`
  return advantage > 0
    ? `"${best ?? ''}" is only ${nats(advantage)} ahead of "everything adapted" (${oddsOf(advantage)}); the margin is ${margin}`
    : `"everything adapted" explains the labels best, but is only ${nats(lead)} ahead of "${second ?? ''}"; the margin is ${margin}`
}

/** The method that does what the evidence says; the usual recipe where it is not decisive. */
export const methodOf = ({ decisive, blocks }: Pick<Evidence, 'decisive' | 'blocks'>): string => {
  if (!decisive) return 'ptu'
  return blocks.every(({ update }) => update === 0) ? 'share-all' : 'ptu-evidence'
}
