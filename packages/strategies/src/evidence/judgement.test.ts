import { key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { judge } from './judgement.ts'
import { classColumns } from './label-columns.ts'

const count = 12
const labels = Array.from({ length: count }, (_, i) => i % 2)

/** A kernel of one feature that says the class up to noise, in units that make it `size` times as large. */
const kernel = (signal: number, seed: number, size: number) => {
  const noise = normals(key(seed), count)
  const feature = labels.map((label, i) => signal * (2 * label - 1) + (noise[i] ?? NaN))
  const values = feature.flatMap((a) => feature.map((b) => size * a * b))
  return { size: count, values: Float64Array.from(values) }
}

/** A kernel that knows nothing. */
const nothing = { size: count, values: new Float64Array(count ** 2) }

const ascending = (numbers: Iterable<number>): readonly number[] => [...new Set(numbers)].toSorted((a, b) => a - b)

describe('the verdict on a kernel', () => {
  it('is of the weakest ridge and the least scale where all are alike', () => {
    expect(judge(nothing, classColumns(labels, 2))).toMatchObject({ ridge: 0.003, scale: 1 })
    expect(judge(nothing, classColumns(labels, 2)).loss).toBeCloseTo(Math.log(2), 12)
  })

  it('comes from half decades of ridges and from powers of two as scales', () => {
    const sizes = Array.from({ length: 25 }, (_, k) => 10 ** (2 - k / 4))
    const verdicts = [1, 2, 3].flatMap((seed) =>
      [0.3, 1].flatMap((signal) => sizes.map((size) => judge(kernel(signal, seed, size), classColumns(labels, 2)))),
    )
    expect(ascending(verdicts.map(({ ridge }) => ridge))).toEqual([0.003, 0.01, 0.03, 0.1, 0.3, 1, 3])
    expect(ascending(verdicts.map(({ scale }) => scale))).toEqual([1, 2, 4, 8, 16])
  })
})
