import type { ClassCount, Dataset } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { foldCount, foldsOf, groupsOf } from './folds-of.ts'

const countsOf = (...counts: readonly number[]): readonly ClassCount[] =>
  counts.map((train, i) => ({ name: String(i), train, test: 0 }))

const groupsIn = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => String(i))

/** Rows of two numbers, of two classes in turn. */
const rows = (...features: readonly number[]): Dataset => ({
  ...{ shape: [2], features: Float32Array.from(features), classes: ['a', 'b'] },
  labels: Int32Array.from({ length: features.length / 2 }, (_, i) => i % 2),
})

describe('the number of folds', () => {
  it.each([
    ['five at most', 30, [20, 10], 5],
    ['no more than the smallest class has examples', 30, [20, 3], 3],
    ['no more than there are groups', 4, [20, 10], 4],
    ['two at least', 30, [20, 1], 2],
  ] as const)('is %s', (_, groups, counts, wanted) => {
    expect(foldCount({ groups: groupsIn(groups), counts: countsOf(...counts) }, {})).toBe(wanted)
  })

  it('does not ask how often a label is on', () => {
    const targets = { kind: 'multi-label', values: new Float64Array(0) } as const
    expect(foldCount({ groups: groupsIn(30), counts: countsOf(20, 1) }, { targets })).toBe(5)
  })
})

describe('the groups of examples', () => {
  it('have one name for equal rows alone', () => {
    const [a, b, c, d, e] = groupsOf(rows(1, 2, 2, 1, 1, 2, 1, 3, 0, 2))
    expect(c).toBe(a)
    expect(new Set([a, b, d, e]).size).toBe(4)
  })

  it('have a name for each of many rows that differ a little', () => {
    const features = Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? i / 1000 : 1))
    expect(new Set(groupsOf(rows(...features))).size).toBe(2000)
  })
})

describe('folds', () => {
  it('hold every example out once, equal ones together', () => {
    const examples = rows(...Array.from({ length: 24 }, (_, i) => Math.floor(i / 4)))
    const facts = { groups: groupsOf(examples), counts: countsOf(6, 6) }
    const folds = E.getOrElse((): readonly (readonly number[])[] => [])(foldsOf(1, examples, facts))
    expect(folds.flat().toSorted((a, b) => a - b)).toEqual([...examples.labels.keys()])
    for (const fold of folds) for (const place of fold) expect(fold).toContain(place % 2 === 0 ? place + 1 : place - 1)
  })

  it('are refused where one would leave fewer than two examples to train on', () => {
    const examples = rows(1, 1, 1, 1, 1, 1, 2, 2)
    const facts = { groups: groupsOf(examples), counts: countsOf(2, 2) }
    const left = E.swap(foldsOf(1, examples, facts))
    expect(E.isRight(left) && left.right.message).toMatch(/^too many of the examples are equal/)
  })
})
