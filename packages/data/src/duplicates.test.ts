import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { countOf, take, type Dataset } from './dataset.ts'
import { distinct, duplicatesOf, overlapOf } from './duplicates.ts'

/** Rows of two numbers with their labels. */
const rows = (...given: readonly (readonly [a: number, b: number, label: number])[]): Dataset => ({
  shape: [2],
  features: Float32Array.from(given.flatMap(([a, b]) => [a, b])),
  labels: Int32Array.from(given, ([, , label]) => label),
  classes: ['x', 'y'],
})

const tokens = (vocabulary: readonly string[], steps: number, ...features: readonly number[]): Dataset => ({
  shape: [steps],
  features: Float32Array.from(features),
  labels: new Int32Array(features.length / steps),
  classes: ['x'],
  vocabulary,
})

describe('duplicatesOf', () => {
  it('finds equal rows in the order of the data, and those whose labels differ', () => {
    const set = rows([1, 2, 0], [3, 4, 0], [1, 2, 0], [4, 3, 1], [3, 4, 1], [1, 2, 0])
    expect(duplicatesOf(set)).toEqual({
      groups: [
        [0, 2, 5],
        [1, 4],
      ],
      conflicts: [[1, 4]],
      extra: 3,
    })
  })

  it('takes 0 and -0 for equal, and nothing else', () => {
    expect(duplicatesOf(rows([0, 1, 0], [-0, 1, 0], [1e-45, 1, 0], [1, 0, 0])).groups).toEqual([[0, 1]])
  })

  it('compares all tags of a sequence', () => {
    const tagged: Dataset = {
      ...tokens(['p', 'u', 'a'], 2, 2, 2, 2, 2, 2, 2),
      labels: Int32Array.of(0, 1, 0, 1, 0, 0),
      classes: ['x', 'y'],
      tagged: true,
    }
    expect(duplicatesOf(tagged)).toEqual({ groups: [[0, 1, 2]], conflicts: [[0, 1, 2]], extra: 2 })
    expect(duplicatesOf(take(tagged, [0, 1])).conflicts).toEqual([])
  })

  it('agrees with comparing every pair', () => {
    const cell = fc.integer({ min: -1, max: 1 })
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, fc.nat(1)), { minLength: 1, maxLength: 30 }), (given) => {
        const { groups, conflicts, extra } = duplicatesOf(rows(...given))
        const texts = given.map(([a, b]) => `${String(a)},${String(b)}`)
        const wanted = [...new Set(texts)].map((text) => texts.flatMap((other, i) => (other === text ? [i] : [])))
        expect(groups).toEqual(wanted.filter(({ length }) => length > 1))
        expect(conflicts).toEqual(groups.filter((group) => new Set(group.map((i) => given[i]?.[2])).size > 1))
        expect(extra).toBe(given.length - wanted.length)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('tells rows of one hash apart', () => {
    // Found by search: the two have the same 53 bits.
    const second = Math.fround(-275080.46875)
    const set = rows([41250, 1, 0], [59807, second, 0], [41250, 1, 0], [59807, second, 0])
    expect(duplicatesOf(set).groups).toEqual([
      [0, 2],
      [1, 3],
    ])
  })

  it('tells wide examples apart that differ in one number alone, wherever it is', () => {
    const width = 300
    const wide = (at: number): Uint8Array => Uint8Array.from({ length: width }, (_, j) => (j === at ? 1 : j % 5))
    const places = [7, 299, 8, 7, 0, 150, 8, 299, 151]
    const set: Dataset = {
      ...{ shape: [width], labels: new Int32Array(places.length), classes: ['a'] },
      features: Uint8Array.from(places.flatMap((at) => [...wide(at)])),
    }
    const groups = [
      [0, 3],
      [1, 7],
      [2, 6],
    ]
    expect(duplicatesOf(set).groups).toEqual(groups)
    expect(duplicatesOf({ ...set, features: Float32Array.from(set.features) }).groups).toEqual(groups)
  })

  it('refuses what is no data set', () => {
    expect(() => duplicatesOf(rows([NaN, 0, 0]))).toThrow('example 0, number 0 is NaN')
  })
})

describe('overlapOf', () => {
  it('finds what each of two sets has of the other, bytes or floats', () => {
    const a = rows([1, 2, 0], [5, 6, 0], [1, 2, 1])
    const b: Dataset = { ...a, features: Uint8Array.of(7, 8, 1, 2), labels: Int32Array.of(0, 0) }
    expect(overlapOf(a, b)).toEqual({ first: [0, 2], second: [1] })
    expect(overlapOf(b, a)).toEqual({ first: [1], second: [0, 2] })
  })

  it('compares tokens without the padding behind them, of one vocabulary', () => {
    const vocabulary = ['p', 'u', 'a', 'b']
    const short = tokens(vocabulary, 2, 2, 3, 3, 0)
    const long = tokens([...vocabulary], 3, 2, 3, 0, 3, 2, 0)
    expect(overlapOf(short, long)).toEqual({ first: [0], second: [0] })
    expect(() => overlapOf(short, tokens(['p', 'u', 'b', 'a'], 2, 2, 3))).toThrow('expected two sets of one vocabulary')
    expect(() => overlapOf(short, rows([2, 3, 0]))).toThrow('expected two sets of one vocabulary')
  })

  it('counts zeros at the end of measurements', () => {
    const wide: Dataset = { ...rows([1, 2, 0]), shape: [3], features: Float32Array.of(1, 2, 0) }
    expect(overlapOf(rows([1, 2, 0]), wide)).toEqual({ first: [], second: [] })
  })
})

describe('distinct', () => {
  it('keeps the first of equal rows, whatever their labels, and none that others hold', () => {
    const set = rows([1, 2, 0], [1, 2, 1], [3, 4, 1], [5, 6, 0])
    expect(distinct(set)).toEqual(rows([1, 2, 0], [3, 4, 1], [5, 6, 0]))
    expect(distinct(set, rows([3, 4, 0]), rows([5, 6, 0]))).toEqual(rows([1, 2, 0]))
    expect(countOf(distinct(set, set))).toBe(0)
  })
})
