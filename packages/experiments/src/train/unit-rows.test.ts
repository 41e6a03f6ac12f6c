import { key, normals, uniforms } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { unitRows } from './unit-rows.ts'

const size = 5
const rows = [
  [3, 0, -4, 0, 0],
  [1, 1, 1, 1, 0],
  [0, 0, 0, 0, 0],
]

describe('rows of length 1', () => {
  it('are what they were but for their length; a row of zeros stays', () => {
    const { count, unit } = unitRows({ features: rows.flat(), size }, new Float32Array(size))
    expect([count, Array.from(unit, (x) => Math.round(1e6 * x) / 1e6)]).toEqual([
      3,
      [0.6, 0, -0.8, 0, 0, 0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0, 0, 0],
    ])
  })

  it('are projected to sums with a sign for each number, minus below a half', () => {
    const signs = [0.4, 0.6, 0.6, 0.1, 0.9, 0.5, 0.2, 0.3, 0.8, 0]
    const { projected } = unitRows({ features: rows.flat(), size }, signs)
    // Of the first row -.6 - .8 and .6 + .8; of the second 0 and 0.
    const half = Math.SQRT1_2
    expect(Array.from(projected)).toEqual([-half, half, 0, 0, 0, 0].map((x): unknown => expect.closeTo(x, 6)))
  })

  it('have projections whose cosines are those of the rows, within their standard error', () => {
    const [many, directions] = [40, 64]
    const features = normals(key(1), many * size)
    const { unit, projected } = unitRows({ features, size }, uniforms(key(2), directions * size))
    const cosine = (of: Float32Array, width: number, i: number, j: number): number =>
      of.subarray(i * width, (i + 1) * width).reduce((sum, x, k) => sum + x * (of[j * width + k] as number), 0)
    let [sum, pairs] = [0, 0]
    for (let i = 0; i < many; i++)
      for (let j = 0; j < i; j++) {
        const exact = cosine(unit, size, i, j)
        sum += ((cosine(projected, directions, i, j) - exact) / ((1 - exact ** 2) / Math.sqrt(directions))) ** 2
        pairs++
      }
    expect(Math.sqrt(sum / pairs)).toBeGreaterThan(0.5)
    expect(Math.sqrt(sum / pairs)).toBeLessThan(1.5)
  })
})
