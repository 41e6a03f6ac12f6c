import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { examplesProblem, likeNames, measuredClasses } from './examples-problem.ts'
import { foldsOf } from './folds-of.ts'

/** Examples of one number each, with the letters of their classes. */
const examples = (values: readonly number[], letters: string) => {
  const classes = [...new Set(Array.from(letters))].toSorted()
  const labels = Int32Array.from(letters, (letter) => classes.indexOf(letter))
  return {
    train: { shape: [1], features: Float32Array.from(values), labels, classes },
    counts: classes.map((name) => ({ name, train: Array.from(letters).filter((one) => one === name).length, test: 0 })),
  }
}

const problemOf = (values: readonly number[], letters: string) => examplesProblem(examples(values, letters), 'images')

describe('examples to learn from', () => {
  it('are of two classes with two examples each, and not all equal', () => {
    expect(problemOf([1, 2, 3, 4], 'aabb')).toBeUndefined()
    expect(problemOf([1, 2, 3, 4, 5], 'aabbc')).toBeUndefined()
    expect(problemOf([1, 2, 3, 4], 'aaaa')).toContain('expected images of two classes or more, got one: "a"')
    expect(problemOf([1, 2, 3, 4], 'aaab')).toBe(
      'expected two classes or more with two images each, got 4 images of 2 classes',
    )
    expect(problemOf([5, 5, 5, 5], 'aabb')).toBe('expected images that differ, got 4 equal ones')
  })

  it('leave two to train on in each fold, else they are refused', () => {
    const held = (groups: readonly string[]) => {
      const { train, counts } = examples([1, 2, 3, 4], 'aabb')
      return foldsOf(0, train, { groups, counts })
    }
    expect(E.isRight(held(['1', '2', '3', '4']))).toBe(true)
    expect(held(['1', '1', '1', '4'])).toMatchObject({
      left: { message: expect.stringContaining('fewer than two to train on') as string },
    })
  })
})

describe('classes that are measurements by their looks', () => {
  const named = (count: number, name: (i: number) => unknown) =>
    Array.from({ length: count }, (_, i) => String(name(i)))

  it('are ten different numbers or more that do not count from 0 or 1', () => {
    expect(measuredClasses(named(10, (i) => 2.5 * i))[0]).toContain('10 different numbers, from 0 to 22.5')
    expect(measuredClasses(named(30, (i) => 1990 + i))).toHaveLength(1)
    expect(measuredClasses(named(9, (i) => 2.5 * i))).toEqual([])
    for (const first of [0, 1]) expect(measuredClasses(named(100, (i) => i + first).toReversed())).toEqual([])
    expect(measuredClasses([...named(20, (i) => 2.5 * i), 'none'])).toEqual([])
    expect(measuredClasses([...named(20, (i) => 2.5 * i), ' '])).toEqual([])
    expect(measuredClasses([...named(20, (i) => 2.5 * i), 'Infinity'])).toEqual([])
  })
})

describe('classes that are one by their looks', () => {
  it('are named, whether case, spaces or the encoding of letters differ', () => {
    expect(likeNames(['cat', 'dog'])).toEqual([])
    expect(likeNames(['Cat', 'cat', 'dog', 'u\u0308', 'ü', ' dog'])[0]).toContain(
      '"Cat", "cat"; "dog", " dog"; "u\u0308", "ü"; rename',
    )
  })
})
