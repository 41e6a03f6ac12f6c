import { describe, expect, it } from 'vitest'

import type { Features } from './features.ts'
import { leftSingular } from './singular.ts'

/** Outer products: a sum of columns times rows. */
const featuresOf = (pairs: readonly (readonly [readonly number[], readonly number[]])[]): Features => {
  const [[column, row]] = pairs as readonly [(typeof pairs)[number]]
  const [examples, size] = [column.length, row.length]
  const values = Float64Array.from({ length: examples * size }, (_, i) =>
    pairs.reduce((sum, [u, v]) => sum + (u[Math.floor(i / size)] as number) * (v[i % size] as number), 0),
  )
  return { values, examples, size }
}

describe('the singular vectors of features', () => {
  it.each([
    ['fewer examples than features', [0.1, 0.7, -0.3], [0.3, 0.1, 0.9, 0.77, -0.4]],
    ['more examples than features', [0.1, 0.7, -0.3, 0.123, 0.456], [0.3, 0.1, 0.9]],
  ] as const)('are one where features are multiples of one row, whatever rounding leaves of others: %s', (_, u, v) => {
    const { vectors, squares } = leftSingular(featuresOf([[u, v]]))
    const square = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x * x, 0)
    expect(vectors).toHaveLength(1)
    expect(squares).toHaveLength(1)
    expect(squares[0]).toBeCloseTo(square(u) * square(v), 12)
    const [first] = vectors
    u.forEach((x, i) => {
      expect(Math.abs(first?.[i] ?? NaN)).toBeCloseTo(Math.abs(x) / Math.sqrt(square(u)), 10)
    })
  })

  it('keep a second one down to a millionth of the first, but none below', () => {
    const withSecond = (size: number): Features =>
      featuresOf([
        [
          [1, 0, 0],
          [1, 0, 0],
        ],
        [
          [0, 1, 0],
          [0, size, 0],
        ],
      ])
    expect(leftSingular(withSecond(1e-5)).squares).toEqual([1, expect.closeTo(1e-10, 14)])
    expect(leftSingular(withSecond(1e-7)).squares).toEqual([1])
  })
})
