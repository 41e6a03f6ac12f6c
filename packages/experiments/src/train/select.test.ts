import { describe, expect, it } from 'vitest'

import { probeName, type Candidate } from './candidate.ts'
import { probeNotes } from './select.ts'

/** A candidate that is right on the first examples out of 100. */
const candidateOf = (method: string, count: number): Candidate => ({
  method,
  held: { depth: null, rate: 1e-3 },
  ...{ folds: 5, seconds: 1 },
  judged: {
    labels: new Int32Array(100),
    classes: 2,
    probabilities: Float32Array.from({ length: 200 }, (_, i) => (i < 2 * count === (i % 2 === 0) ? 1 : 0)),
  },
})

describe('the note on the linear probe', () => {
  it('says how far it is ahead of what is shipped, and how to ship it', () => {
    expect(probeNotes(candidateOf('ptu', 60), candidateOf(probeName, 85))).toEqual([
      'the linear probe is 25.0 points ahead of ptu on held-out examples (85.0 %): ship it with --method probe',
    ])
  })

  it('is missing where the probe is not clearly ahead, or is what is shipped', () => {
    // 2 of 100 examples differ: difference .02, standard error .014
    expect(probeNotes(candidateOf('ptu', 83), candidateOf(probeName, 85))).toEqual([])
    expect(probeNotes(candidateOf('ptu', 85), candidateOf(probeName, 60))).toEqual([])
    expect(probeNotes(candidateOf(probeName, 60), candidateOf(probeName, 85))).toEqual([])
  })
})
