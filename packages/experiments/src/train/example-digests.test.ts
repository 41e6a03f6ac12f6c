import { createHash } from 'node:crypto'

import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { exampleDigests } from './example-digests.ts'

const set = (features: Dataset['features'], count: number): Dataset => ({
  ...{ shape: [features.length / Math.max(1, count)], features },
  ...{ labels: new Int32Array(count), classes: ['a', 'b'] },
})

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

describe('the digests of examples', () => {
  it('are those of the numbers of each, alone', async () => {
    const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6)
    expect(await exampleDigests(set(pixels, 2))).toEqual([
      sha256(Uint8Array.of(1, 2, 3)),
      sha256(Uint8Array.of(4, 5, 6)),
    ])
    const numbers = Float32Array.of(0.5, -2)
    expect(await exampleDigests(set(numbers, 2))).toEqual(
      [0, 1].map((i) => sha256(new Uint8Array(numbers.buffer, 4 * i, 4))),
    )
    expect(await exampleDigests(set(new Uint8Array(0), 0))).toEqual([])
  })
})
