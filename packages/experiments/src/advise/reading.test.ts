import type { Evidence, HypothesisEvidence } from '@ptu/strategies'
import { describe, expect, it } from 'vitest'

import { readEvidence } from './reading.ts'

const weighed = (hypothesis: HypothesisEvidence['hypothesis'], score: number): HypothesisEvidence => ({
  ...{ hypothesis, score, weight: score / -60, loss: -score / 10, standardError: 0.2, losses: [1], logLikelihood: 7 },
})

const block = (name: string, update: number, fineTune: number): Evidence['blocks'][number] => ({
  ...{ block: name, frozen: 0.1, source: 0.2, random: 0.3, mixed: 0.4, update, fineTune },
})

/** Evidence of ten examples about two blocks: frozen, new and adapted. */
const evidence: Evidence = {
  judge: 'leave-one-out-sum',
  hypotheses: [
    weighed({ kind: 'frozen' }, -22),
    weighed({ kind: 'adapted', depth: 0, above: 'random' }, -10),
    weighed({ kind: 'adapted', depth: 2, above: 'random' }, -18),
  ],
  blocks: [block('a', 1, 0), block('b', 1, 0)],
  ...{ advantage: 8, decisive: true, cost: { examples: 10, kernels: 6, forwardPasses: 1, backwardPasses: 0 } },
}

describe('a reading of evidence', () => {
  it('has every hypothesis with its loss, its score and its lead over adapting everything', () => {
    const { hypotheses, ...reading } = readEvidence(evidence, ['stem'])
    expect(hypotheses).toEqual([
      { name: 'everything as it is', weight: 22 / 60, loss: 2.2, standardError: 0.2, score: -22, advantage: -4 },
      { name: 'blocks 2-3 new', weight: 10 / 60, loss: 1, standardError: 0.2, score: -10, advantage: 8 },
      { name: 'everything adapted', weight: 18 / 60, loss: 1.8, standardError: 0.2, score: -18, advantage: 0 },
    ])
    expect(reading).toMatchObject({ examples: 10, margin: 5, outcome: 'departs', advantage: 8, method: 'ptu-evidence' })
  })

  it('counts the blocks that never learn, which stay as they are', () => {
    const { blocks, advice, reason } = readEvidence(evidence, ['stem'])
    expect(blocks).toEqual([
      { block: 'stem', state: 'as it is', update: 0, fineTune: 1 },
      { block: 'a', state: 'new', update: 1, fineTune: 0 },
      { block: 'b', state: 'new', update: 1, fineTune: 0 },
    ])
    expect(advice).toBe('block 1 as it is, blocks 2-3 new, head new')
    expect(reason).toContain('"blocks 2-3 new" is 8.0 nats ahead of "everything adapted"')
    expect(readEvidence(evidence, []).advice).toBe('blocks 1-2 new, head new')
  })
})
