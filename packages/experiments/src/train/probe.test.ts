import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { normalisedInputs } from './probe.ts'

describe('the inputs of a linear probe', () => {
  it('are normalised by the last axis, channel by channel, or all alike', () => {
    const data: Dataset = {
      ...{ shape: [2, 3, 2], labels: new Int32Array(1), classes: ['a', 'b'] },
      features: Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60),
    }
    const by = (mean: number | readonly number[], deviation: number | readonly number[]): readonly number[] => [
      ...Float32Array.from(normalisedInputs(data, { mean, deviation }).features),
    ]
    expect(by([1, 10], [1, 10])).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
    expect(by(1, 2).slice(0, 4)).toEqual([0, 4.5, 0.5, 9.5])
  })
})
