import { key, split } from '@ptu/core'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { countOf, describe as counts, type Dataset } from './dataset.ts'
import { fewShot, shuffle, splitStratified } from './draw.ts'

/** A set whose example `i` holds the number `i`, so that examples can be told apart. */
const numbered = (perClass: readonly number[]): Dataset => {
  const labels = Int32Array.from(perClass.flatMap((count, label) => Array.from({ length: count }, () => label)))
  return {
    shape: [1],
    features: Float32Array.from(labels.keys()),
    labels,
    classes: perClass.map((_, label) => `c${String(label)}`),
  }
}

const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

describe('fewShot', () => {
  it('draws as many of every class, none twice, with their own labels', () => {
    const classes = fc.array(fc.integer({ min: 5, max: 30 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.nat(), classes, fc.integer({ min: 1, max: 5 }), (seed, perClass, shots) => {
        const data = shuffle(key(seed + 1), numbered(perClass))
        const few = right(fewShot(key(seed), data, shots))
        expect(Object.values(counts(few))).toEqual(perClass.map(() => shots))
        expect(new Set(few.features).size).toBe(shots * perClass.length)
        few.features.forEach((value, i) => {
          expect(few.labels[i]).toBe(data.labels[data.features.indexOf(value)])
        })
      }),
    )
  })

  it('draws every example of a class with the same probability', () => {
    const data = numbered([10, 10])
    const drawn = new Int32Array(20)
    for (const k of split(key(1), 4000))
      for (const value of right(fewShot(k, data, 3)).features) drawn[value] = (drawn[value] ?? 0) + 1
    // binomial(4000, 0.3): 1200 expected, 5 standard deviations are 145
    for (const count of drawn) expect(Math.abs(count - 1200)).toBeLessThan(145)
  })

  it('draws each class on its own', () => {
    const data = numbered([2, 2])
    const seen = new Map<string, number>()
    for (const k of split(key(2), 4000)) {
      const pair = right(fewShot(k, data, 1)).features.join()
      seen.set(pair, (seen.get(pair) ?? 0) + 1)
    }
    // binomial(4000, 1/4): 1000 expected, 5 standard deviations are 137
    expect(seen.size).toBe(4)
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(137)
  })

  it('is the same for the same key, and nested in the number of shots', () => {
    const data = numbered([20, 20])
    expect(fewShot(key(7), data, 5)).toEqual(fewShot(key(7), data, 5))
    expect(fewShot(key(7), data, 5)).not.toEqual(fewShot(key(8), data, 5))
    const ten = new Set(right(fewShot(key(7), data, 10)).features)
    expect([...right(fewShot(key(7), data, 5)).features].every((value) => ten.has(value))).toBe(true)
  })

  it('names every class that has too few examples', () => {
    expect(fewShot(key(0), numbered([12, 1, 0]), 10)).toMatchObject({
      left: {
        name: 'DataError',
        message:
          'expected at least 10 examples per class for 10 shots, but class c1 has 1 example, class c2 has 0 examples; ' +
          'ask for fewer shots, add examples or leave the class out',
      },
    })
  })

  it('throws on a number of shots that makes no sense', () => {
    expect(() => fewShot(key(0), numbered([3]), 0)).toThrow('expected a positive integer as shots, got 0')
  })
})

/** A set whose example `i` holds `contents[i]`. */
const holding = (contents: readonly number[], labels: readonly number[]): Dataset => ({
  shape: [1],
  features: Float32Array.from(contents),
  labels: Int32Array.from(labels),
  classes: Array.from({ length: Math.max(...labels) + 1 }, (_, label) => `c${String(label)}`),
})

describe('splitStratified of data with copies', () => {
  it('never has an example in one part that equals one in the other, and loses none', () => {
    const example = fc.tuple(fc.nat(12), fc.nat(2))
    fc.assert(
      fc.property(fc.nat(), fc.array(example, { minLength: 12, maxLength: 60 }), (seed, examples) => {
        const set = holding(
          examples.map(([content]) => content),
          examples.map(([, label]) => label),
        )
        const split = splitStratified(key(seed), set, { fraction: 0.3, atLeast: 1 })
        if (E.isLeft(split)) return
        const { train, validation } = split.right
        const trained = new Set(train.features)
        expect([...validation.features].filter((content) => trained.has(content))).toEqual([])
        expect(countOf(train) + countOf(validation)).toBe(examples.length)
        for (const part of [train, validation]) expect(Math.min(...Object.values(counts(part)))).toBeGreaterThan(0)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('leaves alone what has no copies, to the example', () => {
    const { validation } = right(splitStratified(key(3), numbered([6, 9])))
    const apart = right(splitStratified(key(3), numbered([6, 9]), { copies: 'apart' }))
    expect([...validation.features]).toEqual([...apart.validation.features])
    // What this key drew before copies were looked at.
    expect([...validation.features]).toEqual([0, 3, 10, 13])
  })

  it('comes as near to the fraction as groups of copies allow', () => {
    // 20 examples of each class in pairs: 4 of each are wanted.
    const contents = Array.from({ length: 40 }, (_, i) => Math.floor(i / 2))
    const set = holding(
      contents,
      contents.map((content) => Number(content > 9)),
    )
    expect(counts(right(splitStratified(key(0), set)).validation)).toEqual({ c0: 4, c1: 4 })
    // Pairs where 3 are wanted: of 2 and 4, equally near, the fewer.
    const ten = holding(
      contents.slice(0, 10),
      contents.slice(0, 10).map(() => 0),
    )
    expect(countOf(right(splitStratified(key(0), ten, { fraction: 0.3, atLeast: 0 })).validation)).toBe(2)
    // One of 15 and five single ones: the 15 are never nearer to 4 than none.
    const uneven = holding(
      Array.from({ length: 20 }, (_, i) => Math.max(0, i - 14)),
      Array.from({ length: 20 }, () => 0),
    )
    for (const k of split(key(0), 20))
      expect([...right(splitStratified(k, uneven)).validation.features].filter((content) => content === 0)).toEqual([])
  })

  it('takes a group that is too large rather than too few to validate', () => {
    const set = holding([1, 1, 1, 2, 2, 2, 2], [0, 0, 0, 0, 0, 0, 0])
    const { validation } = right(splitStratified(key(0), set, { fraction: 0, atLeast: 1 }))
    expect([3, 4]).toContain(countOf(validation))
  })

  it('holds copies of several classes back together', () => {
    const set = holding([1, 2, 3, 1, 5, 6], [0, 0, 0, 1, 1, 1])
    for (const k of split(key(1), 30)) {
      const { train } = right(splitStratified(k, set, { atLeast: 1 }))
      expect([0, 2]).toContain([...train.features].filter((content) => content === 1).length)
    }
    const eight = holding([1, 2, 3, 4, 1, 5, 6, 7], [0, 0, 0, 0, 1, 1, 1, 1])
    for (const k of split(key(2), 30))
      expect(counts(right(splitStratified(k, eight)).validation)).toMatchObject({ c1: 2 })
  })

  it('names the classes that are all copies, and splits them where it is told to', () => {
    const set = holding([1, 2, 3, 4, 9, 9, 9, 9], [0, 0, 0, 0, 1, 1, 1, 1])
    expect(splitStratified(key(0), set)).toMatchObject({
      left: {
        name: 'DataError',
        message: expect.stringContaining(
          'expected 2 examples of class c1 to validate on that are no copies of those to train on, got fewer; add',
        ) as string,
      },
    })
    expect(counts(right(splitStratified(key(0), set, { copies: 'apart' })).validation)).toEqual({ c0: 2, c1: 2 })
  })
})

describe('splitStratified', () => {
  it('puts every example into one of two parts and leaves one of each class to train on', () => {
    const classes = fc.array(fc.integer({ min: 3, max: 40 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.nat(), classes, fc.double({ min: 0, max: 0.99, noNaN: true }), (seed, perClass, fraction) => {
        const { train, validation } = right(splitStratified(key(seed), numbered(perClass), { fraction }))
        const all = [...train.features, ...validation.features].toSorted((a, b) => a - b)
        expect(all).toEqual(Array.from(all.keys()))
        expect(countOf(train) + countOf(validation)).toBe(perClass.reduce((sum, n) => sum + n, 0))
        expect(Object.values(counts(validation))).toEqual(
          perClass.map((n) => Math.min(n - 1, Math.max(2, Math.round(fraction * n)))),
        )
      }),
    )
  })

  it('holds back a fifth of each class and at least two, unless told otherwise', () => {
    const { train, validation } = right(splitStratified(key(0), numbered([5, 10, 50])))
    expect(counts(validation)).toEqual({ c0: 2, c1: 2, c2: 10 })
    expect(counts(train)).toEqual({ c0: 3, c1: 8, c2: 40 })
  })

  it('is the same for the same key and differs for another', () => {
    const data = numbered([30, 30])
    expect(splitStratified(key(1), data)).toEqual(splitStratified(key(1), data))
    expect(splitStratified(key(1), data)).not.toEqual(splitStratified(key(2), data))
  })

  it('names a class that is too small to be split', () => {
    expect(splitStratified(key(0), numbered([9, 2]))).toMatchObject({
      left: {
        message: expect.stringContaining('but class c1 has 2 examples; add examples or leave the class out') as string,
      },
    })
  })

  it('throws on a fraction outside [0, 1)', () => {
    expect(() => splitStratified(key(0), numbered([9]), { fraction: 1 })).toThrow(
      'expected a fraction in [0, 1), got 1',
    )
  })
})

describe('shuffle', () => {
  it('keeps every example with its label, in another order', () => {
    const data = numbered([50, 50])
    const shuffled = shuffle(key(5), data)
    expect(shuffled.features).not.toEqual(data.features)
    expect([...shuffled.features].toSorted((a, b) => a - b)).toEqual([...data.features])
    shuffled.features.forEach((value, i) => {
      expect(shuffled.labels[i]).toBe(data.labels[value])
    })
  })
})
