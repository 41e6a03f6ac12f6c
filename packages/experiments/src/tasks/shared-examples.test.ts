import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { sharedExamples } from './shared-examples.ts'

const set = (...features: readonly number[]): Dataset => ({
  shape: [1],
  features: Float32Array.from(features),
  labels: new Int32Array(features.length),
  classes: ['a', 'b'],
})

const end = ': results may flatter what knows them; leave them out of one of the two'

describe('examples that parts of a transfer share', () => {
  it('are counted between the parts of a target, and between it and what the source was trained on', () => {
    const target = { train: set(1, 2, 3, 4), test: set(4, 5, 5, 6) }
    const source = { title: 'an mlp trained on x.csv', data: { train: set(1, 2, 5), test: set(6) } }
    expect(sharedExamples('y.csv', target, source)).toEqual([
      `1 of 4 test examples of y.csv are among its training examples too${end}`,
      `2 of 4 test examples of y.csv were seen by an mlp trained on x.csv${end}`,
      `2 of 4 training examples of y.csv were seen by an mlp trained on x.csv${end}`,
    ])
  })

  it('are not told of where there are none, or where data are not known or no numbers of one kind', () => {
    const target = { train: set(1, 2), test: set(3) }
    const of = (train: Dataset) => ({ title: 'a source', data: { train, test: set() } })
    expect(sharedExamples('y', target, of(set(7)))).toEqual([])
    expect(sharedExamples('y', target, { title: 'a file', data: undefined })).toEqual([])
    expect(sharedExamples('y', target, of({ ...set(1, 2), shape: [2] }))).toEqual([])
    expect(sharedExamples('y', target, of({ ...set(1), vocabulary: ['', '?', 'a'] }))).toEqual([])
  })
})
