import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { foldIn, key, split } from './key.ts'
import { normals, permutation, stream, uniforms } from './stream.ts'

type Pair = readonly [high: number, low: number]

interface Case {
  readonly seed: number
  readonly split: readonly Pair[]
  readonly folded: readonly (readonly [part: number, key: Pair])[]
  readonly integers: readonly number[]
  readonly uniforms: readonly number[]
  readonly normals: readonly number[]
  readonly permutation: readonly number[]
}

const { cases } = JSON.parse(readFileSync(new URL('../../testing/fixtures/streams.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[]
}

describe.each(cases)('what belongs to the seed $seed', (golden) => {
  const from = key(golden.seed)
  const ofPair = ([high, low]: Pair): object => ({ high, low })

  it('has the integers and keys of a second implementation', () => {
    const next = stream(from)
    expect(golden.integers.map(() => next())).toEqual(golden.integers)
    expect(split(from, golden.split.length)).toEqual(golden.split.map(ofPair))
    expect(golden.folded.map(([part]) => foldIn(from, part))).toEqual(golden.folded.map(([, pair]) => ofPair(pair)))
    // a part below 0 is the integer with the same 32 bits
    expect(foldIn(from, -1)).toEqual(foldIn(from, 2 ** 32 - 1))
  })

  it('has its uniform and normal numbers and its order', () => {
    expect([...uniforms(from, golden.uniforms.length)]).toEqual(golden.uniforms)
    expect(normals(from, golden.normals.length)).toBeAllClose(golden.normals, { relative: 1e-6 })
    expect([...permutation(from, golden.permutation.length)]).toEqual(golden.permutation)
  })
})

const mean = (xs: Float32Array): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

describe('uniforms', () => {
  it('are the same for the same key and differ for another', () => {
    expect(uniforms(key(1), 50)).toEqual(uniforms(key(1), 50))
    expect(uniforms(key(1), 50)).not.toEqual(uniforms(key(2), 50))
  })

  it('fill [0, 1) evenly', () => {
    const xs = uniforms(key(3), 100_000)
    const counts = Array.from({ length: 10 }, (_, bin) => xs.filter((x) => Math.floor(x * 10) === bin).length)
    // 5 standard deviations of a binomial(100000, 0.1) are 474
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(474)
  })

  it('of sibling keys are uncorrelated', () => {
    const [a, b] = split(key(4), 2).map((k) => uniforms(k, 50_000)) as [Float32Array, Float32Array]
    const covariance = mean(a.map((x, i) => (x - 0.5) * ((b[i] ?? 0) - 0.5)))
    expect(Math.abs(covariance)).toBeLessThan(5 / 12 / Math.sqrt(50_000))
  })
})

describe('normals', () => {
  it('have mean 0, variance 1 and the tail of a normal', () => {
    const xs = normals(key(6), 100_001)
    expect(Math.abs(mean(xs))).toBeLessThan(5 / Math.sqrt(1e5))
    expect(Math.abs(mean(xs.map((x) => x * x)) - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(1e5))
    const beyond = xs.filter((x) => Math.abs(x) > 1.96).length / xs.length
    expect(Math.abs(beyond - 0.05)).toBeLessThan(0.004)
  })
})

describe('permutation', () => {
  it('holds each index once', () => {
    expect([...permutation(key(1), 1000)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
  })

  it('makes each of the 6 orders of 3 about equally often', () => {
    const seen = new Map<string, number>()
    for (const k of split(key(9), 6000)) {
      const order = permutation(k, 3).join()
      seen.set(order, (seen.get(order) ?? 0) + 1)
    }
    expect(seen.size).toBe(6)
    // 5 standard deviations of a binomial(6000, 1/6) are 144
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(144)
  })
})
