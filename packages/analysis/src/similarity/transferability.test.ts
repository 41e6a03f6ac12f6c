import { key, normals, permutation } from '@ptu/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readFixture } from '../../tests/fixture.ts'
import { ckaByExample, linearCka } from './cka.ts'
import type { Features } from './features.ts'
import { logMe } from './log-me.ts'
import { leftSingular } from './singular.ts'
import { symmetricEigen } from './symmetric-eigen.ts'
import { hScore, leep, nce } from './transferability.ts'

interface Golden {
  readonly leep: number
  readonly nce: number
  readonly sets: readonly {
    readonly examples: number
    readonly size: number
    readonly classes: number
    readonly offset: number
    readonly hScore: number
    readonly logMe: number
    readonly logMeExact: number
  }[]
  readonly cka: Readonly<Record<string, readonly [number, number]>>
}

const golden = readFixture('similarity') as Golden

/** The generator of the fixture's script. */
const uniforms = (count: number): number[] => {
  let x = 1
  return Array.from({ length: count }, () => {
    x = (Math.imul(16843009, x) + 3014898611) >>> 0
    return x / 2 ** 32
  })
}

const setOf = (examples: number, size: number, classes: number, offset: number) => {
  const labels = Array.from({ length: examples }, (_, i) => i % classes)
  const values = Float64Array.from(
    uniforms(offset + examples * size).slice(offset),
    (u, at) => u + (labels[Math.floor(at / size)] === at % size ? 0.5 : 0),
  )
  return { features: { values, examples, size } satisfies Features, labels }
}

const probabilities = (): Features => {
  const raw = uniforms(270)
    .slice(120)
    .map((u) => Math.exp(2 * u))
  const values = Float64Array.from(
    raw,
    (v, at) => v / raw.slice(at - (at % 5), at - (at % 5) + 5).reduce((sum, x) => sum + x, 0),
  )
  return { values, examples: 30, size: 5 }
}

const argmax = (row: readonly number[]): number => row.indexOf(Math.max(...row))

describe('measures of transferability', () => {
  it('have the golden values of the published definitions to 1e-9', () => {
    const p = probabilities()
    const { features, labels } = setOf(30, 4, 3, 0)
    expect(leep(p, labels)).toBeCloseTo(-1.09265099673845, 9)
    const source = labels.map((_, i) => argmax([...p.values.subarray(i * 5, i * 5 + 5)]))
    expect(nce(source, labels)).toBeCloseTo(-0.94431519355361, 9)
    expect(hScore(features, labels)).toBeCloseTo(1.184529042141412, 9)
    expect(logMe(features, labels)).toBeCloseTo(-0.51862210246105, 9)
    expect([leep(p, labels), nce(source, labels)]).toBeAllClose([golden.leep, golden.nce], { absolute: 1e-9 })
  })

  it.each(golden.sets.map((set) => [`${set.examples} examples, ${set.size} features`, set] as const))(
    'agree with NumPy: %s',
    (_name, set) => {
      const { features, labels } = setOf(set.examples, set.size, set.classes, set.offset)
      expect(hScore(features, labels)).toBeCloseTo(set.hScore, 8)
      expect(logMe(features, labels)).toBeCloseTo(set.logMe, 8)
      expect(logMe(features, labels, { exact: true })).toBeCloseTo(set.logMeExact, 8)
    },
  )

  it('are 0 for a perfect source and -log C for one that knows nothing', () => {
    const labels = Array.from({ length: 30 }, (_, i) => i % 3)
    const perfect = {
      values: Float32Array.from(labels.flatMap((y) => [0, 1, 2].map((z) => (y === z ? 1 : 0)))),
      examples: 30,
      size: 3,
    }
    expect(leep(perfect, labels)).toBeCloseTo(0, 12)
    expect(nce(labels, labels)).toBe(0)
    const uniform = { values: new Float32Array(90).fill(1 / 3), examples: 30, size: 3 }
    expect(leep(uniform, labels)).toBeCloseTo(-Math.log(3), 7)
    expect(
      nce(
        labels.map(() => 7),
        labels,
      ),
    ).toBeCloseTo(-Math.log(3), 12)
    const unused = { values: Float32Array.from(labels.flatMap(() => [0.5, 0, 0.5])), examples: 30, size: 3 }
    expect(leep(unused, labels)).toBeCloseTo(-Math.log(3), 7)
  })

  it('keep their bounds, and do not depend on the order of examples or the names of classes', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 8, max: 30 }),
        (seed, size, examples) => {
          const classes = 3
          const values = normals(key(seed), examples * size)
          const labels = Array.from({ length: examples }, (_, i) => i % classes)
          const order = permutation(key(seed + 1), examples)
          const moved = Float32Array.from([...order].flatMap((i) => [...values.subarray(i * size, (i + 1) * size)]))
          const named = [...order].map((i) => (2 * ((labels[i] as number) + 1)) % classes)
          const [a, b] = [
            { values, examples, size },
            { values: moved, examples, size },
          ]
          expect(hScore(b, named)).toBeCloseTo(hScore(a, labels), 6)
          expect(logMe(b, named)).toBeCloseTo(logMe(a, labels), 6)
          expect(hScore(a, labels)).toBeGreaterThanOrEqual(-1e-9)
          expect(hScore(a, labels)).toBeLessThanOrEqual(Math.min(size, classes - 1) + 1e-9)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('name bad input: one class, too few labels, no probabilities, numbers that are not finite', () => {
    const features = { values: Float32Array.of(1, 2, 3, 4), examples: 2, size: 2 }
    const certain = { values: Float32Array.of(1, 0, 0, 1), examples: 2, size: 2 }
    expect(() => hScore(features, [1, 1])).toThrow(/at least 2 classes, got 2 of one class/)
    expect(() => logMe(features, [0])).toThrow(/a label for each of 2 examples, got 1/)
    expect(() => leep(features, [0, 1])).toThrow(/probabilities that sum to 1, example 0 sums to 3; apply softmax/)
    expect(() => leep(certain, [0, -1])).toThrow(/counted from 0, example 1 has -1/)
    expect(() => nce([0], [0, 1])).toThrow(/label of the source for each of 2 examples, got 1/)
    expect(() => logMe({ ...features, values: Float32Array.of(1, 2, NaN, 4) }, [0, 1])).toThrow(
      /finite features, example 1 has NaN/,
    )
    expect(() => hScore({ ...features, examples: 3 }, [0, 1, 0])).toThrow(
      /2 features for each of 3 examples, got 4 numbers/,
    )
    expect(() => hScore({ values: Float32Array.of(1, 2), examples: 1, size: 2 }, [0])).toThrow(
      /at least 2 examples, got 1/,
    )
  })
})

describe('linearCka', () => {
  it('agrees with NumPy, with bias and without', () => {
    const first = setOf(30, 4, 3, 0).features
    const wide = setOf(10, 17, 2, 40).features
    const some = { ...first, values: first.values.slice(0, 40), examples: 10 }
    const pairs = { 'first with probabilities': [first, probabilities()], 'wide with first': [wide, some] } as const
    for (const [name, [a, b]] of Object.entries(pairs)) {
      expect(linearCka(a, b)).toBeCloseTo(golden.cka[name]?.[0] as number, 10)
      expect(linearCka(a, b, { unbiased: true })).toBeCloseTo(golden.cka[name]?.[1] as number, 10)
    }
  })

  it('is 1 for the same features scaled, moved and turned, and near 0 without bias for unrelated ones', () => {
    const [n, d] = [20, 30]
    const a = { values: normals(key(1), n * d), examples: n, size: d }
    const moved = { ...a, values: a.values.map((v) => 3 * v - 2) }
    expect(linearCka(a, moved)).toBeCloseTo(1, 6)
    const turned = {
      ...a,
      values: Float32Array.from(a.values, (_, at) => a.values[at - (at % d) + (((at % d) + 7) % d)] as number),
    }
    expect(linearCka(a, turned)).toBeCloseTo(1, 6)
    const other = { values: normals(key(2), n * d), examples: n, size: d }
    expect(linearCka(a, other)).toBeGreaterThan(0.4)
    expect(Math.abs(linearCka(a, other, { unbiased: true }))).toBeLessThan(0.2)
  })

  it('is divided among examples by leaving each of them out', () => {
    const [n, d] = [9, 3]
    const a = { values: normals(key(1), n * d), examples: n, size: d }
    const b = { values: a.values.map((v, i) => v + (i % d) * Math.abs(v)), examples: n, size: d }
    const leftOut = (features: Features, i: number): Features => ({
      ...{ examples: n - 1, size: d },
      values: features.values.filter((_, at) => Math.floor(at / d) !== i),
    })
    const whole = linearCka(a, b, { unbiased: true })
    const expected = Array.from(
      { length: n },
      (_, i) => n * whole - (n - 1) * linearCka(leftOut(a, i), leftOut(b, i), { unbiased: true }),
    )
    expect(ckaByExample(a, b)).toBeAllClose(expected, { absolute: 1e-9 })
    expect(() => ckaByExample(leftOut(a, 0), b)).toThrow(/ckaByExample: expected features of the same examples/)
    const few = { values: Float32Array.of(1, 2, 3, 4), examples: 4, size: 1 }
    expect(() => ckaByExample(few, few)).toThrow(/at least 5 examples, got 4/)
  })

  it('names bad input', () => {
    const a = { values: Float32Array.of(1, 2, 3), examples: 3, size: 1 }
    expect(() => linearCka(a, { values: Float32Array.of(1, 2), examples: 2, size: 1 })).toThrow(
      /same examples, got 3 and 2/,
    )
    expect(() => linearCka(a, a, { unbiased: true })).toThrow(/at least 4 examples/)
    expect(() => linearCka(a, { values: Float32Array.of(1, 1, 1), examples: 3, size: 1 })).toThrow(
      /differ between examples/,
    )
  })
})

describe('symmetricEigen', () => {
  it('takes any symmetric matrix apart: A v = λ v with orthonormal v', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 25 }), fc.boolean(), (seed, n, isPoor) => {
        const raw = Float64Array.from(normals(key(seed), n * n))
        const matrix = raw.map((_, at) => {
          const [i, j] = [Math.floor(at / n), at % n]
          // of rank 2, with many equal eigenvalues, in half of the runs
          if (isPoor) return (raw[i] as number) * (raw[j] as number) + (raw[i * n] as number) * (raw[j * n] as number)
          return (raw[i * n + j] as number) + (raw[j * n + i] as number)
        })
        const { values, vectors } = symmetricEigen(matrix, n)
        const size = Math.max(1, ...values.map(Math.abs))
        vectors.forEach((v, k) => {
          for (let i = 0; i < n; i++) {
            const image = v.reduce((sum, x, j) => sum + (matrix[i * n + j] as number) * x, 0)
            expect(Math.abs(image - (values[k] as number) * (v[i] as number))).toBeLessThan(1e-11 * size * n)
          }
          vectors.forEach((w, l) => {
            expect(Math.abs(v.reduce((sum, x, i) => sum + x * (w[i] as number), 0) - (k === l ? 1 : 0))).toBeLessThan(
              1e-12 * n,
            )
          })
        })
        expect([...values].sort((a, b) => b - a)).toEqual(values)
      }),
      { numRuns: 60 },
    )
  })

  it('drops directions in which features do not vary', () => {
    const values = Float32Array.from({ length: 40 }, (_, at) => (Math.floor(at / 4) + 1) * ((at % 4) + 1))
    expect(leftSingular({ values, examples: 10, size: 4 }).squares.length).toBe(1)
  })
})
