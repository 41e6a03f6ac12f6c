import { foldIn, key } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import study from '../../../../benchmarks/results/coverage.json' with { type: 'json' }
import { coverageOf } from './coverage.ts'
import type { IntervalMethod } from './interval.ts'
import { meanInterval, studentInterval } from './mean-interval.ts'
import { populations, type Population } from './populations.ts'

const chosen = 'chosen: Student t · (1 + 2.3 / √n)'
const methods: Readonly<Record<string, IntervalMethod>> = {
  [chosen]: (_, values, options) => meanInterval(values, options),
  'Student t': (_, values, options) => studentInterval(values, options),
}

const find = (name: string): readonly [Population, number] => {
  const at = populations.findIndex((population) => population.name === name)
  return [populations[at] as Population, at]
}

describe('the simulated coverage', () => {
  it.each([
    [chosen, 'lognormal, σ = 1', 5],
    [chosen, '0, 1 with .8, .2', 3],
    ['Student t', 'normal', 4],
    ['Student t', 'exponential', 5],
    ['Student t', 'Student t, 3 degrees', 3],
    ['Student t', 'lognormal, σ = 0.5', 3],
    ['Student t', 'normal, rounded to 2 σ', 3],
    ['Student t', '-1, 0, 1 with .1, .7, .2', 3],
    ['Student t', 'accuracies on 100', 3],
  ])('of %s, %s, n = %d is in the committed table', (method, name, count) => {
    const cell = study.cells.find((c) => c.method === method && c.population === name && c.count === count)
    const [population, at] = find(name)
    const own = foldIn(foldIn(key(study.seed), count), at)
    const found = coverageOf(own, methods[method] as IntervalMethod, population, { count, trials: cell?.trials ?? 0 })
    expect([found.coverage, found.length, found.given].map((x) => x.toFixed(4))).toEqual(
      [cell?.coverage, cell?.length, cell?.given].map((x) => x?.toFixed(4)),
    )
  })

  it('has a key of its own for each sample and for each interval', () => {
    const drawn: unknown[] = []
    const noting = (of: unknown): number => drawn.push(of)
    const population: Population = {
      ...(populations[0] as Population),
      sample: (own, count) => (noting(own), new Array<number>(count).fill(0)),
    }
    coverageOf(key(0), (own) => (noting(own), null), population, { count: 3, trials: 4 })
    expect(new Set(drawn.map((own) => JSON.stringify(own))).size).toBe(8)
  })

  it('of the chosen interval is at least .90 at n = 3 and .93 from n = 4 on', () => {
    const cells = study.cells.filter(({ method }) => method === chosen)
    expect(cells).toHaveLength(8 * populations.length)
    for (const { coverage, count, given } of cells) {
      expect(coverage).toBeGreaterThanOrEqual(count === 3 ? 0.9 : 0.93)
      expect(given).toBe(1)
    }
  })

  it('is about 84 % at n = 5 for the percentile bootstrap of normal values', () => {
    const cell = study.cells.find(
      (c) => c.method === 'percentile bootstrap' && c.population === 'normal' && c.count === 5,
    )
    expect(Math.abs((cell?.coverage ?? NaN) - 0.84)).toBeLessThan(0.04)
  })

  it('counts intervals that are given, and of those what holds the mean, ends included', () => {
    const steps: Population = { name: 'steps', mean: 1, resolution: 0.5, sample: (k) => [k.low % 4] }
    const method: IntervalMethod = (_, [step = NaN], options) =>
      [{ low: 1, high: 1 + (options?.resolution ?? NaN) }, { low: 0, high: 1 }, { low: 1.1, high: 2 }, null][step] ??
      null
    const { coverage, length, given } = coverageOf(key(0), method, steps, { count: 1, trials: 4000 })
    // Four equal outcomes; 5 standard deviations of a share of 4000 draws are at most .04
    expect(Math.abs(given - 3 / 4)).toBeLessThan(0.04)
    expect(Math.abs(coverage - 2 / 3)).toBeLessThan(0.05)
    expect(Math.abs(length - (0.5 + 1 + 0.9) / 3)).toBeLessThan(0.03)
  })

  it('holds a mean on the end of an interval in spite of rounding', () => {
    const tenth: Population = { name: 'tenth', mean: 0.3, resolution: 0, sample: () => [] }
    expect(coverageOf(key(0), () => ({ low: 0.1 + 0.2, high: 1 }), tenth, { count: 0, trials: 1 }).coverage).toBe(1)
    expect(coverageOf(key(0), () => ({ low: 0.3001, high: 1 }), tenth, { count: 0, trials: 1 }).coverage).toBe(0)
    expect(coverageOf(key(0), () => ({ low: 0, high: 0.2999 }), tenth, { count: 0, trials: 1 }).coverage).toBe(0)
  })

  it('refuses a number of trials that is none', () => {
    expect(() => coverageOf(key(0), () => null, populations[0] as Population, { count: 3, trials: 0 })).toThrow(
      'expected a positive integer as trials, got 0',
    )
  })
})

describe('the populations', () => {
  it.each(populations)('$name: the mean of many values is the true one, and values lie on the grid', (population) => {
    const values = population.sample(key(3), 20_000)
    expect(values).toHaveLength(20_000)
    const centre = values.reduce((sum, x) => sum + x, 0) / values.length
    const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / values.length)
    expect(Math.abs(centre - population.mean)).toBeLessThan((5 * spread) / Math.sqrt(values.length))
    if (population.resolution > 0)
      for (const x of values.slice(0, 1000))
        expect(Math.abs(x / population.resolution - Math.round(x / population.resolution))).toBeLessThan(1e-9)
  })
})
