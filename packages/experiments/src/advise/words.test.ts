import type { Evidence, HypothesisEvidence } from '@ptu/strategies'
import { describe, expect, it } from 'vitest'

import { adviceOf, hypothesisName, methodOf, oddsOf, outcomeOf, reasonOf, stateOf } from './words.ts'

describe('the state of a block', () => {
  it.each([
    [0, 1, 'as it is'],
    [0.75, 1, 'adapted'],
    [1, 1, 'adapted'],
    [1, 0, 'new'],
    [0.8, 0, 'mixed'],
    [0.8, 0.4, 'mixed'],
    [1, 0.4, 'mixed'],
  ] as const)('of gates %f and %f is %s', (update, fineTune, wanted) => {
    expect(stateOf({ update, fineTune })).toBe(wanted)
  })
})

describe('an advice in words', () => {
  it('names runs of blocks', () => {
    expect(adviceOf(['as it is', 'as it is', 'as it is', 'mixed'])).toBe(
      'blocks 1-3 as they are, block 4 mixed, head new',
    )
    expect(adviceOf(['as it is', 'adapted', 'adapted', 'new'])).toBe(
      'block 1 as it is, blocks 2-3 adapted, block 4 new, head new',
    )
    expect(adviceOf(['new'])).toBe('block 1 new, head new')
  })
})

describe('a hypothesis in words', () => {
  it('counts the blocks that never learn', () => {
    expect(hypothesisName({ kind: 'frozen' }, 2, 5)).toBe('everything as it is')
    expect(hypothesisName({ kind: 'adapted', depth: 3, above: 'random' }, 2, 5)).toBe('everything adapted')
    expect(hypothesisName({ kind: 'adapted', depth: 0, above: 'random' }, 2, 5)).toBe('blocks 3-5 new')
    expect(hypothesisName({ kind: 'adapted', depth: 2, above: 'mixed' }, 2, 5)).toBe(
      'blocks 3-4 adapted, block 5 mixed',
    )
  })
})

/** Evidence about two blocks, of scores for frozen, all new, all adapted. */
const evidenceOf = (
  frozen: number,
  random: number,
  adapted: number,
  margin = 5,
): Pick<Evidence, 'hypotheses' | 'advantage' | 'decisive'> => {
  const advantage = Math.max(frozen, random, adapted) - adapted
  const reading = (hypothesis: HypothesisEvidence['hypothesis'], score: number): HypothesisEvidence => ({
    ...{ hypothesis, score, weight: 0, loss: 0, standardError: 0, losses: [], logLikelihood: 0 },
  })
  return {
    hypotheses: [
      reading({ kind: 'frozen' }, frozen),
      reading({ kind: 'adapted', depth: 0, above: 'random' }, random),
      reading({ kind: 'adapted', depth: 2, above: 'random' }, adapted),
    ],
    advantage,
    decisive: advantage > 0 && advantage >= margin,
  }
}

describe('the outcome of evidence', () => {
  it.each([
    [16, 3, 10, 'departs', '"everything as it is" is 6.0 nats ahead of "everything adapted" (403 : 1)'],
    [3, 12.2, 10, 'undecided', '"blocks 1-2 new" is only 2.2 nats ahead of "everything adapted" (9.0 : 1)'],
    [3, 2, 10, 'usual', '"everything adapted" explains the labels best, 7.0 nats ahead of "everything as it is"'],
    [8, 2, 10, 'undecided', '"everything adapted" explains the labels best, but is only 2.0 nats'],
  ] as const)('of scores %f, %f and %f is %s, with its reason', (frozen, random, adapted, outcome, reason) => {
    const found = evidenceOf(frozen, random, adapted)
    expect(outcomeOf(found, 5)).toBe(outcome)
    expect(reasonOf(found, 5, 0, 2)).toContain(reason)
  })

  it('states the margin wherever that is not reached', () => {
    for (const found of [evidenceOf(3, 12, 10), evidenceOf(8, 2, 10)])
      expect(reasonOf(found, 5, 0, 2)).toMatch(/; the margin is 5$/)
  })
})

describe('the method to take', () => {
  const blocks = (...updates: readonly number[]): Evidence['blocks'] =>
    updates.map((update) => ({ block: 'b', frozen: 0, source: 0, random: 0, mixed: 0, update, fineTune: 1 }))

  it('is the usual recipe unless the evidence is decisive, then what the gates say', () => {
    expect(methodOf({ decisive: false, blocks: blocks(0, 0) })).toBe('ptu')
    expect(methodOf({ decisive: true, blocks: blocks(0, 0) })).toBe('share-all')
    expect(methodOf({ decisive: true, blocks: blocks(0, 1) })).toBe('ptu-evidence')
  })
})

describe('odds', () => {
  it('are those of nats, to a thousand', () => {
    expect([0, Math.log(9), 5, 7].map(oddsOf)).toEqual(['1.0 : 1', '9.0 : 1', '148 : 1', 'more than 1000 : 1'])
  })
})
