import { key, normals } from '@ptu/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readFixture } from '../../tests/fixture.ts'
import { normOf } from './corruption-set.ts'
import { randomCorruption } from './random-corruption.ts'
import { worstCase } from './worst-case.ts'

interface Case {
  readonly gradient: readonly number[]
  readonly p: number | 'Infinity'
  readonly n: number
  readonly corruption: readonly number[]
  readonly predicted: number
}

const { epsilon, cases } = readFixture('corruption') as { readonly epsilon: number; readonly cases: readonly Case[] }

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, x, i) => sum + x * (b[i] as number), 0)

describe('worstCase', () => {
  it.each(cases.map((each) => [`p = ${each.p}, n = ${each.n} of ${each.gradient.length}`, each] as const))(
    'has the closed form in double precision: %s',
    (_name, { gradient, p, n, corruption, predicted }) => {
      const found = worstCase(gradient, { p: Number(p), epsilon, n })
      expect(found.predicted / predicted).toBeCloseTo(1, 12)
      found.corruption.forEach((a, i) => {
        expect(Math.abs(a - (corruption[i] as number))).toBeLessThanOrEqual(1e-12)
      })
    },
  )

  it('predicts its own product with the gradient, keeps to its set, and no draw of the set predicts more', () => {
    const orders = fc.oneof(fc.double({ min: 1, max: 20, noNaN: true }), fc.constantFrom(1, 2, Infinity))
    const gradients = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(gradients, orders, fc.integer({ min: 1, max: 12 }), fc.nat(1000), (gradient, p, n, seed) => {
        const set = { p, epsilon: 0.3, n }
        const { corruption, predicted } = worstCase(gradient, set)
        expect(Math.abs(dot(corruption, gradient) - predicted)).toBeLessThanOrEqual(1e-9 * predicted)
        expect(normOf(corruption, p)).toBeLessThanOrEqual(0.3 * (1 + 1e-12))
        expect(corruption.filter((a) => a !== 0).length).toBeLessThanOrEqual(n)
        for (let draw = 0; draw < 20; draw++) {
          const other = randomCorruption(key(seed * 100 + draw), gradient.length, set)
          expect(dot(other, gradient)).toBeLessThanOrEqual(predicted * (1 + 1e-9) + 1e-300)
        }
      }),
    )
  })

  it('gives nothing for a gradient of zeros', () => {
    expect(worstCase([0, 0], { p: 2, epsilon: 1 })).toEqual({ corruption: Float64Array.of(0, 0), predicted: 0 })
  })

  it('takes the first of equal entries', () => {
    expect([...worstCase([1, -1, 1], { p: Infinity, epsilon: 1, n: 2 }).corruption]).toEqual([1, -1, 0])
  })

  it('says which entry of a gradient is not finite and which option is out of range', () => {
    expect(() => worstCase([0, NaN], { p: 2, epsilon: 1 })).toThrow(/finite gradient, entry 1 is NaN; check/)
    expect(() => worstCase([1], { p: 0.5, epsilon: 1 })).toThrow(/p from 1 to Infinity, got 0.5/)
    expect(() => worstCase([1], { p: NaN, epsilon: 1 })).toThrow(/p from 1/)
    expect(() => worstCase([1], { p: 2, epsilon: 0 })).toThrow(/epsilon above 0, got 0/)
    expect(() => worstCase([1], { p: 2, epsilon: 1, n: 0 })).toThrow(/n to be a whole number from 1, got 0/)
  })
})

describe('randomCorruption', () => {
  it('has the norm, the number of places and the key it was asked for', () => {
    for (const p of [1, 1.5, 2, 7, Infinity]) {
      const drawn = randomCorruption(key(3), 50, { p, epsilon: 0.2, n: 7 })
      expect(normOf(drawn, p)).toBeCloseTo(0.2, 12)
      expect(drawn.filter((x) => x !== 0).length).toBe(7)
      expect(drawn).toEqual(randomCorruption(key(3), 50, { p, epsilon: 0.2, n: 7 }))
      expect(drawn).not.toEqual(randomCorruption(key(4), 50, { p, epsilon: 0.2, n: 7 }))
    }
  })

  it('is as far from the worst case as chance has it: E|g·a| = ε·‖g‖·√(2 / πk) for p = 2', () => {
    const gradient = normals(key(9), 200)
    const size = normOf(gradient, 2)
    const products = Array.from({ length: 2000 }, (_, draw) =>
      Math.abs(dot(randomCorruption(key(draw), 200, { p: 2, epsilon: 1 }), gradient)),
    )
    const mean = products.reduce((sum, x) => sum + x, 0) / products.length
    expect(mean / (size * Math.sqrt(2 / (Math.PI * 200)))).toBeCloseTo(1, 1)
  })
})
