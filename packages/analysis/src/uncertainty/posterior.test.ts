import { key } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { dense, dropout, flatten, serial } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import { describe, expect, it } from 'vitest'

import { posteriorOf } from './posterior.ts'
import { monteCarlo, testTimeAugmented } from './sampled.ts'

describe('a posterior', () => {
  it('has entropies worked out by hand', () => {
    const { mean, entropy, expectedEntropy, mutualInformation } = posteriorOf(
      [Float64Array.of(0.5, 0.5, 1, 0), Float64Array.of(0.5, 0.5, 0.5, 0.5)],
      2,
    )
    expect([...mean]).toEqual([0.5, 0.5, 0.75, 0.25])
    expect(entropy[0]).toBeCloseTo(Math.LN2, 12)
    expect(expectedEntropy[1]).toBeCloseTo(Math.LN2 / 2, 12)
    expect(entropy[1]).toBeCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), 12)
    expect(mutualInformation[0]).toBe(0)
    expect(mutualInformation[1]).toBeCloseTo(0.5623351446188083 - Math.LN2 / 2, 12)
  })

  it('needs samples of one length, of numbers', () => {
    expect(() => posteriorOf([], 2)).toThrow('got none')
    expect(() => posteriorOf([Float64Array.of(1, 0), Float64Array.of(1)], 2)).toThrow('got 2, 1')
    expect(() => posteriorOf([Float64Array.of(NaN, 0)], 2)).toThrow('expected finite probabilities')
  })
})

const pictures: Dataset = {
  shape: [2, 3, 1],
  features: Uint8Array.from({ length: 5 * 6 }, (_, i) => (i * 53) % 256),
  labels: Int32Array.of(0, 1, 2, 0, 1),
  classes: ['a', 'b', 'c'],
}
const normalisation = { mean: 128, deviation: 64 }

describe('a Monte-Carlo posterior', () => {
  it('disagrees by the dropout of a network, alike for one key, and not without noise', async () => {
    const [noisy, plain] = [serial(flatten, dropout(0.5), dense(3)), serial(flatten, dense(3))]
    const params = noisy.init(key(0), pictures.shape)
    const still = plain.init(key(0), pictures.shape)
    const classifier = { layer: noisy, params, normalisation }
    const found = await monteCarlo(key(1), classifier, pictures, { draws: 8, batch: 2 })
    expect(found.mean).toHaveLength(15)
    expect(found.mutualInformation.every((nats) => nats > 0.001)).toBe(true)
    expect(await monteCarlo(key(1), classifier, pictures, { draws: 8, batch: 2 })).toEqual(found)
    expect(await monteCarlo(key(2), classifier, pictures, { draws: 8, batch: 2 })).not.toEqual(found)
    const { mutualInformation } = await monteCarlo(key(1), { layer: plain, params: still, normalisation }, pictures)
    expect(Math.max(...mutualInformation)).toBeLessThan(1e-7)
    disposeParams([params, still])
  })
})

describe('test-time augmentation', () => {
  it('is the mean over the image and its changed copies', async () => {
    const layer = serial(flatten, dense(3))
    const params = layer.init(key(0), pictures.shape)
    const classifier = { layer, params, normalisation }
    const options = { augmentation: { flip: 1 }, copies: 1 }
    const found = await testTimeAugmented(key(3), classifier, pictures, options)
    const mirrored = pictures.features.map((_, i) => pictures.features[i - (i % 3) + 2 - (i % 3)] as number)
    const both = await Promise.all(
      [pictures, { ...pictures, features: mirrored }].map((set) => monteCarlo(key(0), classifier, set, { draws: 1 })),
    )
    found.mean.forEach((p, i) => {
      expect(p).toBeCloseTo(((both[0]?.mean[i] ?? NaN) + (both[1]?.mean[i] ?? NaN)) / 2, 6)
    })
    await expect(testTimeAugmented(key(3), classifier, pictures, { ...options, copies: 0 })).rejects.toThrow(
      'as copies',
    )
    disposeParams(params)
  })
})
