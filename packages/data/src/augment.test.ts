import { foldIn, key, uniforms } from '@ptu/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { augmented, type Augmentation } from './augment.ts'
import { concat, take, type Dataset } from './dataset.ts'

const setOf = (shape: readonly number[], features: readonly number[]): Dataset => {
  const count = features.length / shape.reduce((product, side) => product * side, 1)
  return { shape, features: Uint8Array.from(features), labels: new Int32Array(count), classes: ['a'] }
}

const noise = (count: number, shape: readonly number[]): Dataset => {
  const size = shape.reduce((product, side) => product * side, 1)
  return setOf(
    shape,
    Array.from(uniforms(key(7), count * size), (u) => Math.floor(u * 256)),
  )
}

const rowsOf = (set: Dataset): readonly (readonly number[])[] => {
  const size = set.features.length / set.labels.length
  return Array.from({ length: set.labels.length }, (_, i) => [...set.features.subarray(i * size, (i + 1) * size)])
}

describe('augmented', () => {
  it('leaves images as they are where nothing is asked for', () => {
    const side = fc.integer({ min: 1, max: 9 })
    fc.assert(
      fc.property(side, side, fc.constantFrom(1, 3), fc.nat(), (height, width, channels, seed) => {
        const set = noise(3, [height, width, channels])
        expect(augmented(key(seed), set, {})).toEqual(set)
        expect(augmented(key(seed), set, { flip: 0, shift: 0, crop: 0, colour: 0 })).toEqual(set)
      }),
      { seed: 1, numRuns: 30 },
    )
  })

  it('mirrors left to right, as often as asked', () => {
    const set = setOf([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(rowsOf(augmented(key(0), set, { flip: 1 }))).toEqual([[4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]])
    const many = setOf(
      [1, 2, 1],
      Array.from({ length: 2000 }, (_, i) => i % 2),
    )
    const flipped = rowsOf(augmented(key(0), many, { flip: 0.3 })).filter(([left]) => left === 1).length
    expect(flipped / 1000).toBeGreaterThan(0.25)
    expect(flipped / 1000).toBeLessThan(0.35)
  })

  it('moves by whole pixels up to the part asked for, each as often, repeating the edge', () => {
    const row = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    const many = setOf([1, 10, 1], Array.from({ length: 500 }, () => row).flat())
    const moved = Array.from({ length: 5 }, (_, i) => row.map((_, x) => row[Math.min(Math.max(x - (i - 2), 0), 9)]))
    const counts = moved.map(
      (wanted) => rowsOf(augmented(key(3), many, { shift: 0.25 })).filter((got) => got.join() === wanted.join()).length,
    )
    expect(counts.reduce((sum, count) => sum + count)).toBe(500)
    for (const count of counts) expect(count).toBeGreaterThan(70)
  })

  it('moves down as well as to the side, apart from each other', () => {
    const many = setOf([3, 1, 1], Array.from({ length: 300 }, () => [1, 2, 3]).flat())
    const kinds = new Set(rowsOf(augmented(key(3), many, { shift: 0.4 })).map((row) => row.join()))
    expect([...kinds].toSorted()).toEqual(['1,1,2', '1,2,3', '2,3,3'])
    const square = setOf([3, 3, 1], Array.from({ length: 300 }, () => [1, 2, 3, 4, 5, 6, 7, 8, 9]).flat())
    expect(new Set(rowsOf(augmented(key(3), square, { shift: 0.4 })).map((row) => row.join())).size).toBe(9)
  })

  it('cuts a part within the image and enlarges it', () => {
    const ramp = Array.from({ length: 21 }, (_, i) => 10 * i)
    const many = setOf([1, 21, 1], Array.from({ length: 400 }, () => ramp).flat())
    const spans = rowsOf(augmented(key(5), many, { crop: 0.5 })).map((row) => ({
      from: row[0] ?? 0,
      span: (row[20] ?? 0) - (row[0] ?? 0),
      even: Math.max(
        ...row.map((value, i) => Math.abs(value - ((row[0] ?? 0) + (i * ((row[20] ?? 0) - (row[0] ?? 0))) / 20))),
      ),
    }))
    for (const { from, span, even } of spans) {
      expect(span).toBeGreaterThanOrEqual(99)
      expect(span).toBeLessThanOrEqual(200)
      expect(from + span).toBeLessThanOrEqual(200)
      // The edge is repeated where the first pixel would lie a quarter of a pixel outside.
      expect(even).toBeLessThanOrEqual(3)
    }
    expect(Math.min(...spans.map(({ span }) => span))).toBeLessThan(105)
    expect(Math.max(...spans.map(({ span }) => span))).toBeGreaterThan(195)
    expect(Math.min(...spans.map(({ from }) => from))).toBeLessThan(5)
    expect(Math.max(...spans.map(({ from }) => from))).toBeGreaterThan(80)
  })

  it('mirrors what it cuts and moves alike', () => {
    const set = noise(20, [4, 6, 1])
    const both = augmented(key(2), set, { flip: 1, shift: 0.2, crop: 0.4 })
    const unmirrored = augmented(key(2), set, { shift: 0.2, crop: 0.4 })
    expect(rowsOf(augmented(key(9), both, { flip: 1 }))).toEqual(rowsOf(unmirrored))
  })

  it('changes brightness, contrast and saturation by factors around 1, within a byte', () => {
    const many = setOf([1, 2, 3], Array.from({ length: 300 }, () => [100, 120, 140, 60, 60, 60]).flat())
    const rows = rowsOf(augmented(key(4), many, { colour: 0.2 }))
    const light = (row: readonly number[], at: number): number =>
      0.299 * (row[at] ?? 0) + 0.587 * (row[at + 1] ?? 0) + 0.114 * (row[at + 2] ?? 0)
    for (const row of rows) {
      // The lightness of the pixels: 116.3 and 60, mean 88.15. Saturation leaves it, grey stays grey.
      const mean = (light(row, 0) + light(row, 3)) / 2 / 88.15
      const apart = (light(row, 0) - light(row, 3)) / 56.3
      expect(mean).toBeGreaterThan(0.79)
      expect(mean).toBeLessThan(1.21)
      expect(apart).toBeGreaterThan(0.8 * 0.8 - 0.02)
      expect(apart).toBeLessThan(1.2 * 1.2 + 0.02)
      expect([row[3], row[4]]).toEqual([row[4], row[5]])
      const saturation = ((row[2] ?? 0) - (row[0] ?? 0)) / 40 / apart
      expect(saturation).toBeGreaterThan(0.77)
      expect(saturation).toBeLessThan(1.23)
    }
    const means = rows.map((row) => (light(row, 0) + light(row, 3)) / 2 / 88.15)
    expect(Math.min(...means)).toBeLessThan(0.82)
    expect(Math.max(...means)).toBeGreaterThan(1.18)
    const contrast = rows.map((row, i) => (light(row, 0) - light(row, 3)) / 56.3 / (means[i] ?? 1))
    expect(Math.min(...contrast)).toBeLessThan(0.83)
    expect(Math.max(...contrast)).toBeGreaterThan(1.17)
    const bright = augmented(key(4), setOf([1, 1, 1], Array<number>(50).fill(250)), { colour: 1 }).features
    expect(Math.max(...bright)).toBe(255)
  })

  it('depends on the key and the place of an example only', () => {
    const all: Augmentation = { flip: 0.5, shift: 0.3, crop: 0.3, colour: 0.3 }
    const set = noise(6, [5, 4, 3])
    const changed = augmented(key(1), set, all)
    expect(augmented(key(1), set, all)).toEqual(changed)
    expect(augmented(key(2), set, all)).not.toEqual(changed)
    expect(augmented(key(1), take(set, [0, 1]), all)).toEqual(take(changed, [0, 1]))
    expect(rowsOf(augmented(key(1), concat(take(set, [0]), take(set, [0])), all)).map(String)).not.toEqual(
      Array(2).fill(String(rowsOf(changed)[0])),
    )
    expect(foldIn(key(1), 0)).not.toEqual(foldIn(key(1), 1))
  })

  it('draws what it needs for one change apart from the others', () => {
    const set = noise(40, [1, 8, 1])
    const mirrored = (augmentation: Augmentation): readonly boolean[] => {
      const plain = rowsOf(augmented(key(1), set, { ...augmentation, flip: 0 }))
      return rowsOf(augmented(key(1), set, augmentation)).map((row, i) => String(row) !== String(plain[i]))
    }
    expect(mirrored({ flip: 0.5, shift: 0.2, colour: 0.1 })).toEqual(mirrored({ flip: 0.5 }))
  })

  it('refuses what it cannot change', () => {
    const set = noise(1, [2, 2, 1])
    for (const wrong of [{ flip: 1.1 }, { shift: -0.1 }, { crop: 1 }, { colour: NaN }])
      expect(() => augmented(key(0), set, wrong)).toThrow(/augmented: expected (flip|shift|crop|colour) from 0 to/)
    expect(() => augmented(key(0), noise(1, [2, 2, 4]), {})).toThrow('[2, 2, 4]')
    expect(() => augmented(key(0), noise(1, [4]), {})).toThrow('bytes of [height, width, 1 or 3], got [4]')
    expect(() => augmented(key(0), { ...set, features: new Float32Array(4) }, {})).toThrow('expected images, bytes')
  })
})
