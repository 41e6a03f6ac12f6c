import { key } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { drawnPart, type DrawLimits } from './draw-part.ts'

const limits = (changes: Partial<DrawLimits> = {}): DrawLimits => ({
  ...{ key: key(0), examples: 100, numbers: Infinity },
  ...changes,
})

/** 700 of class 0, 290 of class 1, 10 of class 2, mixed. */
const labels = Int32Array.from({ length: 1000 }, (_, i) => {
  if (i % 100 === 0) return 2
  return i % 100 < 30 ? 1 : 0
})

const countsOf = (places: readonly number[]): readonly number[] =>
  [0, 1, 2].map((label) => places.filter((place) => labels[place] === label).length)

describe('a part that is drawn from many examples', () => {
  it('has each class in proportion, and of a rare one 20 or all', () => {
    expect(countsOf(drawnPart(labels, 1, limits()))).toEqual([70, 29, 10])
    expect(countsOf(drawnPart(labels, 1, limits({ examples: 50 })))).toEqual([35, 20, 10])
  })

  it('is not rounded above the limit', () => {
    const halves = Array.from({ length: 1000 }, (_, i) => i % 2)
    expect(drawnPart(halves, 1, limits({ examples: 101 }))).toHaveLength(100)
  })

  it('lists different places in the order of the data', () => {
    const places = drawnPart(labels, 1, limits())
    expect(places).toEqual([...new Set(places)].toSorted((a, b) => a - b))
    expect(places.slice(0, 60)).not.toEqual(Array.from({ length: 60 }, (_, i) => i))
  })

  it('is the same for the same key and another for another', () => {
    expect(drawnPart(labels, 1, limits())).toEqual(drawnPart(labels, 1, limits()))
    expect(drawnPart(labels, 1, limits({ key: key(1) }))).not.toEqual(drawnPart(labels, 1, limits()))
  })

  it('has fewer of examples with many numbers', () => {
    expect(countsOf(drawnPart(labels, 5, limits({ examples: 1000, numbers: 1004 })))).toEqual([140, 58, 10])
  })

  it('is all where the limits allow it, and not one more', () => {
    const all = Array.from(labels.keys())
    expect(drawnPart(labels, 2, limits({ examples: 1000, numbers: 2000 }))).toEqual(all)
    expect(drawnPart(labels, 2, limits({ examples: 999, numbers: 2000 })).length).toBeLessThan(1010)
    expect(drawnPart(labels, 2, limits({ examples: 1000, numbers: 1000 })).length).toBe(505)
  })
})
