import { describe, expect, it } from 'vitest'

import { isTurned, orientationIn, oriented } from './orientation.ts'
import { rasterOf } from './raster.ts'

/** Exif of the entries `[tag, value]`, which says that it has `count` of them. */
const exifOf = (order: 'II' | 'MM', entries: readonly (readonly [tag: number, value: number])[], count: number) => {
  const little = order === 'II'
  const view = new DataView(new ArrayBuffer(10 + 12 * entries.length))
  view.setUint16(0, little ? 0x4949 : 0x4d4d)
  view.setUint16(2, 42, little)
  view.setUint32(4, 8, little)
  view.setUint16(8, count, little)
  entries.forEach(([tag, value], i) => {
    view.setUint16(10 + 12 * i, tag, little)
    view.setUint16(18 + 12 * i, value, little)
  })
  return new Uint8Array(view.buffer)
}

describe('orientationIn', () => {
  it.each(['II', 'MM'] as const)('finds the orientation among the tags of both orders of bytes (%s)', (order) => {
    const entries = [
      [0x010f, 3],
      [0x0112, 6],
    ] as const
    expect(orientationIn(exifOf(order, entries, 2))).toBe(6)
  })

  it('is 1 for what is no Exif, is cut short, or has a number that no orientation has', () => {
    expect(orientationIn(new Uint8Array(0))).toBe(1)
    expect(orientationIn(Uint8Array.from({ length: 40 }, () => 7))).toBe(1)
    expect(orientationIn(exifOf('II', [[0x0112, 6]], 1).subarray(0, 9))).toBe(1)
    expect(orientationIn(exifOf('II', [[0x0112, 0]], 1))).toBe(1)
    expect(orientationIn(exifOf('II', [[0x0112, 9]], 1))).toBe(1)
  })

  it('reads only the tags that are there and that the data say they have', () => {
    const entries = [
      [0x010f, 3],
      [0x0112, 6],
    ] as const
    expect(orientationIn(exifOf('II', entries.slice(0, 1), 1000))).toBe(1)
    expect(orientationIn(exifOf('II', entries, 1))).toBe(1)
  })
})

describe('oriented', () => {
  it('swaps height and width for the four orientations that turn', () => {
    const raster = rasterOf(1, 2, new Uint8Array(8))
    const orientations = [1, 2, 3, 4, 5, 6, 7, 8]
    expect(orientations.map(isTurned)).toEqual([false, false, false, false, true, true, true, true])
    expect(orientations.map((orientation) => oriented(raster, orientation).height)).toEqual([1, 1, 1, 1, 2, 2, 2, 2])
  })
})
