import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { augmentationNames, viewCount, viewOf } from './augmentation.ts'

const pictures: Dataset = {
  ...{ shape: [2, 3, 1], labels: Int32Array.of(0, 1), classes: ['a', 'b'] },
  features: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
}

describe('changed copies of pictures', () => {
  it('are four, or as many as take 256 MiB', () => {
    const bytes = [1, 64 * 2 ** 20, 64 * 2 ** 20 + 1, 128 * 2 ** 20, 256 * 2 ** 20, 256 * 2 ** 20 + 1]
    expect(bytes.map((each) => viewCount({ names: ['crop'], bytes: each }))).toEqual([4, 4, 3, 2, 1, 0])
    expect(viewCount({ names: ['flip', 'crop'], bytes: 0 })).toBe(4)
  })

  it('are one where pictures are mirrored alone, and none where nothing is asked for', () => {
    expect(viewCount({ names: ['flip'], bytes: 1 })).toBe(1)
    expect(viewCount({ names: [], bytes: 1 })).toBe(0)
  })

  it('mirror every picture where they are mirrored alone', () => {
    expect([...viewOf(pictures, ['flip'], 0, 0).features]).toEqual([3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10])
  })

  it('take the amplitudes of a second change in about half of the pictures, where asked', () => {
    const many: Dataset = {
      ...{ shape: [2, 3, 1], labels: new Int32Array(200), classes: ['a'] },
      features: Uint8Array.from({ length: 1200 }, (_, i) => (i * i * 37) % 256),
    }
    const [plain, found] = [viewOf(many, ['crop'], 0, 0), viewOf(many, ['crop', 'amplitudes'], 0, 0)]
    const rowAt = ({ features }: Dataset, i: number): string => features.subarray(6 * i, 6 * i + 6).join()
    const changed = Array.from({ length: 200 }, (_, i) => i).filter((i) => rowAt(found, i) !== rowAt(plain, i)).length
    expect(changed / 200).toBeGreaterThan(0.35)
    expect(changed / 200).toBeLessThan(0.6)
  })

  it('depend on the seed and on their number alone', () => {
    const of = (seed: number, view: number): readonly number[] => [
      ...viewOf(pictures, augmentationNames, seed, view).features,
    ]
    expect(of(1, 0)).toEqual(of(1, 0))
    expect(of(1, 0)).not.toEqual(of(1, 1))
    expect(of(1, 0)).not.toEqual(of(2, 0))
  })
})
