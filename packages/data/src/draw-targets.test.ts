import { key } from '@ptu/core'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { countOf, type Dataset } from './dataset.ts'
import { fewShot, splitStratified } from './draw.ts'

const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

const messageOf = (either: E.Either<Error, unknown>): string => (E.isLeft(either) ? either.left.message : '')

/** Examples that hold their own place, with labels on as in the words: `ab` has a and b. */
const sets = (words: readonly string[], names = ['a', 'b', 'c']): Dataset => ({
  shape: [1],
  features: Float32Array.from(words.keys()),
  labels: new Int32Array(words.length),
  classes: names,
  targets: {
    kind: 'multi-label',
    values: Float64Array.from(words.flatMap((word) => names.map((name) => Number(word.includes(name))))),
  },
})

const numbers = (values: readonly number[]): Dataset => ({
  shape: [1],
  features: Float32Array.from(values.keys()),
  labels: new Int32Array(values.length),
  classes: ['price'],
  targets: { kind: 'regress', values: Float64Array.from(values) },
})

const countsOf = ({ classes, targets }: Dataset): readonly number[] =>
  classes.map((_, label) =>
    (targets?.values ?? new Float64Array(0)).reduce(
      (sum, on, at) => (at % classes.length === label ? sum + on : sum),
      0,
    ),
  )

const withoutAny = ({ classes, targets }: Dataset): number => {
  const { length: width } = classes
  const { values = new Float64Array(0) } = targets ?? {}
  return Array.from({ length: values.length / width }, (_, i) => values.subarray(i * width, (i + 1) * width)).filter(
    (row) => row.every((on) => on === 0),
  ).length
}

describe('few examples with sets of labels', () => {
  it('have each label on as often as asked, or more where it comes with others, and as many without any', () => {
    const data = sets([
      ...'aaaa'.split(''),
      'ab',
      'ab',
      'ab',
      ...'ccccc'.split(''),
      ...Array.from({ length: 9 }, () => ''),
    ])
    const few = right(fewShot(key(3), data, 3))
    const [a = 0, b, c] = countsOf(few)
    expect([b, c, withoutAny(few)]).toEqual([3, 3, 3])
    // The rarest label is drawn first, so that what comes with it counts for the others.
    expect(a).toBe(3)
    expect(countOf(few)).toBe(9)
  })

  it('are drawn once each, nested in more of them, by the key alone', () => {
    const word = fc.constantFrom('a', 'b', 'c', 'ab', 'ac', 'bc', 'abc', '')
    fc.assert(
      fc.property(fc.nat(), fc.array(word, { maxLength: 40 }), (seed, words) => {
        const data = sets([...words, 'a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'c'])
        const draws = [1, 2, 3].map((shots) => right(fewShot(key(seed), data, shots)))
        for (const [i, few] of draws.entries()) {
          for (const count of countsOf(few)) expect(count).toBeGreaterThanOrEqual(i + 1)
          expect(new Set(few.features).size).toBe(countOf(few))
          expect(withoutAny(few)).toBe(Math.min(i + 1, withoutAny(data)))
          expect([...(draws[i + 1] ?? few).features]).toEqual(expect.arrayContaining([...few.features]))
        }
        expect(right(fewShot(key(seed), data, 3))).toEqual(draws[2])
      }),
    )
  })

  it('differ from key to key', () => {
    const data = sets(Array.from({ length: 60 }, (_, i) => 'abc'.charAt(i % 3)))
    expect(right(fewShot(key(0), data, 2)).features).not.toEqual(right(fewShot(key(1), data, 2)).features)
  })

  it('are refused by the name of a label that is on in too few', () => {
    const message = messageOf(fewShot(key(0), sets(['a', 'ab', 'ac', 'a', 'c']), 3))
    expect(message).toBe(
      'expected at least 3 examples with each label for 3 shots, but label b has 1 example, label c has 2 examples; ' +
        'ask for fewer shots, add examples or leave the label out',
    )
  })
})

describe('few examples with numbers', () => {
  it('are as many of each tenth of the numbers', () => {
    const values = Array.from({ length: 57 }, (_, i) => (i * 23) % 57)
    const few = right(fewShot(key(5), numbers(values), 4))
    expect(countOf(few)).toBe(40)
    const tenths = [...(few.targets?.values ?? [])].map((value) => Math.floor((10 * value) / 57))
    expect(Array.from({ length: 10 }, (_, tenth) => tenths.filter((own) => own === tenth).length)).toEqual(
      Array.from({ length: 10 }, () => 4),
    )
    few.features.forEach((place, i) => {
      expect(few.targets?.values[i]).toBe(values[place])
    })
    expect([...right(fewShot(key(5), numbers(values), 5)).features]).toEqual(expect.arrayContaining([...few.features]))
    expect(right(fewShot(key(6), numbers(values), 4)).features).not.toEqual(few.features)
  })

  it('may be equal, and are refused where there are fewer than ten for each', () => {
    const equal = numbers([...Array.from({ length: 15 }, () => 7), ...Array.from({ length: 5 }, () => 1)])
    expect(countOf(right(fewShot(key(0), equal, 2)))).toBe(20)
    expect(messageOf(fewShot(key(0), equal, 3))).toBe(
      'expected at least 30 examples for 3 shots of each tenth of the numbers, got 20; ask for fewer shots, add examples',
    )
  })
})

describe('a split of examples with sets of labels', () => {
  it('holds back the part of each label, the rarest first, and leaves one of each', () => {
    const words = Array.from({ length: 60 }, (_, i) => (i < 10 ? 'ab' : i < 40 ? 'b' : i < 50 ? 'c' : ''))
    const { train, validation } = right(splitStratified(key(0), sets(words), { fraction: 0.3, atLeast: 1 }))
    const [a, b, c] = countsOf(validation)
    expect([b, c]).toEqual([12, 3])
    expect(a).toBeGreaterThanOrEqual(3) // those that came with b count too
    expect([withoutAny(validation), withoutAny(train)]).toEqual([3, 7])
    expect(countOf(train) + countOf(validation)).toBe(60)
  })

  it('takes a label that is never the rarest of an example, and one that is on everywhere else', () => {
    const { train, validation } = right(splitStratified(key(1), sets(['ac', 'ac', 'ac', 'bc', 'bc', 'bc'])))
    for (const part of [train, validation]) for (const count of countsOf(part)) expect(count).toBeGreaterThan(0)
  })

  it('keeps copies with other labels in one part', () => {
    const data = sets(['a', 'b', 'a', 'b', 'a', 'b', 'c', 'c', 'c'])
    const copied = { ...data, features: Float32Array.of(1, 1, 2, 2, 3, 3, 4, 5, 6) }
    const { train, validation } = right(splitStratified(key(2), copied, { fraction: 0.3, atLeast: 1 }))
    expect([...train.features].filter((value) => validation.features.includes(value))).toEqual([])
  })

  it('is refused by the name of a label that is on in too few', () => {
    expect(messageOf(splitStratified(key(0), sets(['a', 'a', 'a', 'b', 'b', 'b', 'c', 'c'])))).toBe(
      'expected at least 3 examples with each label for a split that validates on 2, but label c has 2 examples; ' +
        'add examples or leave the label out',
    )
  })
})

describe('a split of examples with numbers', () => {
  it('holds back a part of all of them', () => {
    const { train, validation } = right(splitStratified(key(0), numbers(Array.from({ length: 20 }, (_, i) => i))))
    expect([countOf(train), countOf(validation)]).toEqual([16, 4])
    expect(validation.targets?.values.every((value, i) => value === validation.features[i])).toBe(true)
  })

  it('is refused where there are too few, and where all are copies', () => {
    expect(messageOf(splitStratified(key(0), numbers([1, 2])))).toContain('expected at least 3 examples for a split')
    const copies = { ...numbers([1, 2, 3, 4]), features: new Float32Array(4) }
    expect(messageOf(splitStratified(key(0), copies))).toContain(
      'expected 2 examples to validate on that are no copies',
    )
  })
})
