import { key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { directions, nearCopiesIn, nearCopy, screen } from './near-copies.ts'

const size = 40

/** Vectors at random angles, as the encodings of different pictures. */
const vectors = (count: number, seed: number): Float32Array => normals(key(seed), count * size)

/** A vector at a cosine of another one. */
const at = (row: Float32Array, cosine: number, seed: number): Float32Array => {
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)
  const unit = row.map((x) => x / Math.sqrt(dot(row, row)))
  const noise = vectors(1, seed)
  const other = noise.map((x, i) => x - dot(noise, unit) * (unit[i] as number))
  const length = Math.sqrt(dot(other, other))
  return unit.map((x, i) => 3 * (cosine * x + (Math.sqrt(1 - cosine ** 2) / length) * (other[i] as number)))
}

const joined = (...parts: readonly Float32Array[]): Float32Array =>
  Float32Array.from(parts.flatMap((part) => [...part]))

describe('near copies by encodings', () => {
  const rows = vectors(30, 1)
  const row = (i: number): Float32Array => rows.subarray(i * size, (i + 1) * size)

  it('are the pairs whose cosine is at least .9, and no others', () => {
    const features = joined(rows, at(row(3), 0.905, 7), at(row(5), 0.895, 8))
    const found = nearCopiesIn(key(0), { features, size })
    expect(found?.map(({ first, second }) => [first, second])).toEqual([[3, 30]])
    expect(found?.[0]?.similarity).toBeCloseTo(0.905, 5)
    expect(nearCopy).toBe(0.9)
  })

  it('are looked at where projections are at most six standard errors below it', () => {
    expect([directions, screen]).toEqual([48, expect.closeTo(0.735455, 6)])
  })

  it('are found whatever the directions that screen them', () => {
    const features = joined(...Array.from({ length: 30 }, (_, i) => joined(row(i), at(row(i), 0.91, 100 + i))))
    for (const seed of [0, 1, 2, 3]) expect(nearCopiesIn(key(seed), { features, size })).toHaveLength(30)
  })

  it('of two sets are pairs of one of each', () => {
    const others = joined(vectors(4, 2), at(row(9), 1, 9), at(row(9), 0.95, 10))
    const found = nearCopiesIn(key(0), { features: others, size }, { features: rows, size })
    expect(found?.map(({ first, second }) => [first, second])).toEqual([
      [4, 9],
      [5, 9],
    ])
  })

  it('are not known where all look alike, nor of a row of zeros', () => {
    expect(nearCopiesIn(key(0), { features: new Float32Array(50 * size).fill(1), size })).toBeUndefined()
    expect(nearCopiesIn(key(0), { features: new Float32Array(50 * size), size })).toEqual([])
  })

  it('are not looked for among more than 20,000 examples', () => {
    const [few, many] = [
      { features: new Float32Array(1), size: 1 },
      { features: new Float32Array(20_001), size: 1 },
    ]
    expect(nearCopiesIn(key(0), many)).toBeUndefined()
    expect(nearCopiesIn(key(0), few, many)).toBeUndefined()
    expect(nearCopiesIn(key(0), many, few)).toBeUndefined()
  })
})
