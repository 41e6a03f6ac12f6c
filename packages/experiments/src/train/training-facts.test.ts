import { describe, expect, it, vi } from 'vitest'

import { notesOf, trainingFacts } from './training-facts.ts'
import type { TrainContext } from './train.ts'

vi.mock('../run/experiment.ts', () => ({ sourceSummary: () => 'the source' }))

describe('the facts of a training', () => {
  it('tell seconds since it began, the data and how they were changed', () => {
    const context = {
      ...{ tools: { versions: { ptu: '1' }, now: () => 9500 }, began: 2000, backend: 'cpu', opened: {} },
      ...{
        source: { frozen: 2, spec: {} },
        comparison: { views: ['a', 'b'] },
        spec: { data: 'photos', augment: ['crop'] },
      },
      data: { digest: 'abc', counts: [{ name: 'a', count: 3 }], unreadable: [], train: { shape: [1] } },
    } as unknown as TrainContext
    expect(trainingFacts(context)).toMatchObject({
      ...{ seconds: 7.5, backend: 'cpu', source: 'the source', versions: { ptu: '1' } },
      data: { path: 'photos', digest: 'abc', frozen: 2, classes: [{ name: 'a', count: 3 }] },
      augmentation: { changes: ['crop'], copies: 2 },
    })
  })

  it('have the notes of the data first, then doubts, the choice and the evidence', () => {
    const data = { warnings: ['few'] } as unknown as TrainContext['data']
    const evidence = { note: 'clear' } as unknown as TrainContext['evidence']
    expect(notesOf({ data, doubt: 'dark', evidence }, ['chosen'])).toEqual(['few', 'dark', 'chosen', 'clear'])
    expect(notesOf({ data, doubt: undefined, evidence: {} }, [])).toEqual(['few'])
  })
})
