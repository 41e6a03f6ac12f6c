import { describe, expect, it } from 'vitest'

import { minimise, type SmoothFunction } from './lbfgs.ts'

/** `½ Σ cᵢ (xᵢ - i)²` with curvatures that differ by a factor of 10⁴, and how often it was asked. */
const bowl = (size: number): { readonly of: SmoothFunction; readonly asked: () => number } => {
  let asked = 0
  const curvature = (i: number): number => 10 ** ((4 * i) / (size - 1) - 2)
  return {
    of: (x) => {
      asked++
      const gradient = x.map((xi, i) => curvature(i) * (xi - i))
      return { value: x.reduce((sum, xi, i) => sum + 0.5 * curvature(i) * (xi - i) ** 2, 0), gradient }
    },
    asked: () => asked,
  }
}

describe('minimise', () => {
  it('finds the least of a badly scaled bowl in few evaluations', () => {
    const { of, asked } = bowl(20)
    const x = minimise(of, new Float64Array(20), { tolerance: 1e-8 })
    for (const [i, xi] of x.entries()) expect(Math.abs(xi - i)).toBeLessThan(1e-5)
    // SciPy's L-BFGS-B needs 572 with ten corrections, 858 with three.
    expect(asked()).toBeLessThan(620)
  })

  it('stops where the gradient is small enough, at once where it is so at the start', () => {
    const { of, asked } = bowl(5)
    const start = new Float64Array(5)
    expect(minimise(of, start, { tolerance: 1e9 })).toBe(start)
    expect(asked()).toBe(1)
    const least = Float64Array.from({ length: 5 }, (_, i) => i)
    expect(minimise(of, least, { tolerance: 0 })).toBe(least)
    expect(asked()).toBe(2)
    const rough = minimise(of, start, { tolerance: 1 })
    const norm = Math.hypot(...of(rough).gradient)
    expect(norm).toBeLessThanOrEqual(1)
    expect(norm).toBeGreaterThan(1e-3)
  })

  it('takes no more steps than asked, and none that raises the value', () => {
    const { of } = bowl(10)
    let last = Infinity
    for (const steps of [0, 1, 2, 3, 5, 8]) {
      const { value } = of(minimise(of, new Float64Array(10), { tolerance: 0, steps }))
      expect(value).toBeLessThan(last)
      last = value
    }
  })

  it('ends where rounding leaves nothing to gain', () => {
    const flat: SmoothFunction = () => ({ value: 1, gradient: Float64Array.of(1) })
    expect([...minimise(flat, Float64Array.of(3), { tolerance: 0 })]).toEqual([3])
    const { of, asked } = bowl(4)
    minimise(of, new Float64Array(4), { tolerance: 0 })
    expect(asked()).toBeLessThan(2000)
  })

  it('shortens a step that goes too far', () => {
    // log cosh is linear far out: a quasi-Newton step from there overshoots.
    const of: SmoothFunction = ([x = NaN]) => ({
      value: Math.log(Math.cosh(x)),
      gradient: Float64Array.of(Math.tanh(x)),
    })
    expect(Math.abs(minimise(of, Float64Array.of(4), { tolerance: 1e-10 })[0] ?? NaN)).toBeLessThan(1e-9)
  })

  it('takes one step to the least of a round bowl, along every axis', () => {
    const of: SmoothFunction = (x) => ({
      value: x.reduce((sum, xi) => sum + 5 * (xi - 1) ** 2, 0),
      gradient: x.map((xi) => 10 * (xi - 1)),
    })
    for (const xi of minimise(of, new Float64Array(3), { tolerance: 0, steps: 1 })) expect(xi).toBeCloseTo(1, 9)
  })

  it('takes its first step along the quasi-Newton direction of the BFGS formula', () => {
    // H = (I - s yᵀ / sᵀy) γ (I - y sᵀ / sᵀy) + s sᵀ / sᵀy with γ = sᵀy / yᵀy, for a short step s down the gradient g
    const curvatures = [1, 3, 10]
    const of: SmoothFunction = (x) => ({
      value: x.reduce((sum, xi, i) => sum + 0.5 * (curvatures[i] ?? NaN) * xi * xi, 0),
      gradient: x.map((xi, i) => (curvatures[i] ?? NaN) * xi),
    })
    const start = Float64Array.of(1, 1, 1)
    const g = [...of(start).gradient]
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, x, i) => sum + x * (b[i] ?? NaN), 0)
    const y = g.map((gi, i) => gi * (curvatures[i] ?? NaN))
    const [sy, yy] = [dot(g, y), dot(y, y)]
    const inner = g.map((gi, i) => (sy / yy) * (gi - (dot(g, g) / sy) * (y[i] ?? NaN)))
    const direction = inner.map((hi, i) => hi + (g[i] ?? NaN) * ((dot(g, g) - dot(y, inner)) / sy))
    const moved = minimise(of, start, { tolerance: 0, steps: 1 })
    const sizes = direction.map((di, i) => (1 - (moved[i] ?? NaN)) / di)
    for (const size of sizes) expect(size).toBeCloseTo(sizes[0] ?? NaN, 6)
    expect(sizes[0]).toBeGreaterThan(0)
  })

  it('first tries a short step, however steep the function is', () => {
    const asked: number[] = []
    const of: SmoothFunction = ([x = NaN]) => {
      asked.push(x)
      return { value: 1e6 * Math.hypot(1, x), gradient: Float64Array.of((1e6 * x) / Math.hypot(1, x)) }
    }
    expect(Math.abs(minimise(of, Float64Array.of(3), { tolerance: 1e-3 })[0] ?? NaN)).toBeLessThan(1e-8)
    expect((asked[0] ?? NaN) - (asked[1] ?? NaN)).toBeCloseTo(1e-4, 10)
  })

  it('goes on where the gradient stays the same over a step', () => {
    // The slope falls to 1 at x = 10, stays there down to x = 2, and is 0 at x = 1.
    const slope = (x: number): number => (x > 10 ? x - 9 : Math.min(x - 1, 1))
    const value = (x: number): number =>
      x > 10 ? 8.5 + (x - 10) + (x - 10) ** 2 / 2 : x > 2 ? 0.5 + (x - 2) : (x - 1) ** 2 / 2
    const of: SmoothFunction = ([x = NaN]) => ({ value: value(x), gradient: Float64Array.of(slope(x)) })
    expect(minimise(of, Float64Array.of(12), { tolerance: 1e-9 })[0]).toBeCloseTo(1, 8)
  })

  it('leaves its start as it was', () => {
    const start = new Float64Array(6)
    minimise(bowl(6).of, start, { tolerance: 1e-6 })
    expect(start).toEqual(new Float64Array(6))
  })
})
