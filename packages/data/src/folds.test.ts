import { key } from '@ptu/core'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import type { Dataset } from './dataset.ts'
import { foldsStratified } from './folds.ts'

const labelled = (labels: readonly number[]): Dataset => ({
  shape: [1],
  features: new Uint8Array(labels.length),
  labels: Int32Array.from(labels),
  classes: Array.from({ length: Math.max(...labels) + 1 }, (_, label) => `c${String(label)}`),
})

const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

/** `[folds][classes]`: how many examples of each class a fold holds. */
const countsOf = (
  { labels, classes }: Dataset,
  folds: readonly (readonly number[])[],
): readonly (readonly number[])[] =>
  folds.map((fold) => classes.map((_, label) => fold.filter((i) => labels[i] === label).length))

const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values)

describe('foldsStratified', () => {
  it('puts every example into one fold, in the order of the data, and spreads each class evenly', () => {
    const labels = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 9, maxLength: 80 })
    fc.assert(
      fc.property(fc.nat(), labels, fc.integer({ min: 2, max: 9 }), (seed, drawn, k) => {
        const data = labelled(drawn)
        const folds = right(foldsStratified(key(seed), data, k))
        expect(folds).toHaveLength(k)
        expect(folds.flat().toSorted((a, b) => a - b)).toEqual(drawn.map((_, i) => i))
        for (const fold of folds) expect(fold).toEqual(fold.toSorted((a, b) => a - b))
        const counts = countsOf(data, folds)
        for (const label of data.classes.keys())
          expect(spread(counts.map((own) => own[label] ?? NaN))).toBeLessThanOrEqual(1)
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  it('evens out the folds where each class has fewer examples than there are folds', () => {
    const folds = right(foldsStratified(key(3), labelled([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]), 5))
    expect(folds.map(({ length }) => length)).toEqual([2, 2, 2, 2, 2])
  })

  it('leaves no fold empty', () => {
    expect(right(foldsStratified(key(0), labelled([0, 0, 0]), 3)).toSorted()).toEqual([[0], [1], [2]])
  })

  it('is the same for the same key and differs for another', () => {
    const data = labelled(Array.from({ length: 40 }, (_, i) => i % 2))
    expect(foldsStratified(key(1), data, 4)).toEqual(foldsStratified(key(1), data, 4))
    expect(foldsStratified(key(1), data, 4)).not.toEqual(foldsStratified(key(2), data, 4))
  })

  it('never divides a group, and leaves no fold empty', () => {
    const examples = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 20 })), {
      minLength: 30,
      maxLength: 80,
    })
    fc.assert(
      fc.property(fc.nat(), examples, (seed, drawn) => {
        const groups = drawn.map(([, group]) => `g${String(group)}`)
        fc.pre(new Set(groups).size >= 3)
        const folds = right(foldsStratified(key(seed), labelled(drawn.map(([label]) => label)), 3, { groups }))
        expect(folds.flat().toSorted((a, b) => a - b)).toEqual(drawn.map((_, i) => i))
        for (const fold of folds) expect(fold.length).toBeGreaterThan(0)
        const homes = folds.map((fold) => new Set(fold.map((i) => groups[i])))
        for (const [i, home] of homes.entries())
          for (const other of homes.slice(i + 1)) expect([...home].filter((group) => other.has(group))).toEqual([])
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  it('spreads classes as evenly as the groups allow, large groups first', () => {
    // Class 0 in groups of 4, 2, 1, 1; class 1 in eight groups of one.
    const labels = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    const groups = [1, 1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    for (const seed of [0, 1, 2, 3, 4]) {
      const data = labelled(labels)
      const folds = right(foldsStratified(key(seed), data, 2, { groups }))
      expect(countsOf(data, folds)).toEqual([
        [4, 4],
        [4, 4],
      ])
    }
  })

  it('weighs a class by how rare it is', () => {
    // The pair of rare and common goes where no rare one is, though more common ones are there.
    const labels = [1, 1, 1, 0, 0, 0, 0, 0, 1, 0]
    const groups = ['a', 'a', 'a', 'b', 'b', 'b', 'b', 'b', 'c', 'c']
    const folds = right(foldsStratified(key(0), labelled(labels), 2, { groups }))
    expect(folds).toEqual([
      [3, 4, 5, 6, 7, 8, 9],
      [0, 1, 2],
    ])
  })

  it('divides tagged sequences as wholes, whatever their tags', () => {
    const labels = Int32Array.from({ length: 7 * 3 }, (_, i) => (i % 3 === 2 ? -1 : i % 2))
    const data: Dataset = { shape: [3], features: new Uint8Array(21), labels, classes: ['a', 'b'], tagged: true }
    const folds = right(foldsStratified(key(0), data, 3))
    expect(folds.map(({ length }) => length).toSorted()).toEqual([2, 2, 3])
    expect(folds.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('is a Left where there are fewer examples or groups than folds', () => {
    expect(foldsStratified(key(0), labelled([0, 1]), 3)).toMatchObject({
      left: {
        name: 'DataError',
        message: 'expected at least 3 examples for as many folds, got 2; ask for fewer folds or add examples',
      },
    })
    expect(foldsStratified(key(0), labelled([0, 1, 0]), 2, { groups: [7, 7, 7] })).toMatchObject({
      left: { message: expect.stringContaining('expected at least 2 groups for as many folds, got 1') as string },
    })
  })

  it('throws on a number of folds that makes no sense, and on groups that do not fit', () => {
    expect(() => foldsStratified(key(0), labelled([0, 1]), 1)).toThrow('expected at least 2 folds, got 1')
    expect(() => foldsStratified(key(0), labelled([0, 1]), 1.5)).toThrow('got 1.5')
    expect(() => foldsStratified(key(0), labelled([0, 1]), 2, { groups: [1] })).toThrow(
      'expected a group for each of 2 examples, got 1',
    )
  })
})
