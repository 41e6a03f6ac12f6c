import { key } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { inScenes } from './in-scenes.ts'

const [side, paper, ink] = [12, 200, 20]

/** An upright bar of ink, 8 by 4 pixels, in the middle of a sheet. */
const bar = (channels: 1 | 3): Dataset => ({
  shape: [side, side, channels],
  features: Uint8Array.from({ length: 2 * side * side * channels }, (_, i) => {
    const [row, column] = [Math.floor(i / (side * channels)) % side, Math.floor(i / channels) % side]
    return row >= 2 && row < 10 && column >= 4 && column < 8 ? ink : paper
  }),
  labels: Int32Array.of(0, 1),
  classes: ['a', 'b'],
})

/** The rows and the columns that ink covers in the first image. */
const boxOf = ({ features, shape: [, , channels = 1] }: Dataset): readonly number[] => {
  const places = Array.from({ length: side * side }, (_, i) => i).filter((i) =>
    Array.from({ length: channels }, (_unused, c) => features[i * channels + c]).every((value) => value === ink),
  )
  const [rows, columns] = [places.map((i) => Math.floor(i / side)), places.map((i) => i % side)]
  return [Math.min(...rows), Math.max(...rows), Math.min(...columns), Math.max(...columns)]
}

describe('inScenes', () => {
  it.each([1, 3] as const)('puts the object of an image where it is told, %s channels', (channels) => {
    const set = bar(channels)
    expect(boxOf(inScenes(key(3), set, { area: 1 }))).toEqual([2, 9, 4, 7])
    expect(boxOf(inScenes(key(3), set, { area: 1, rotation: 90 }))).toEqual([4, 7, 2, 9])
    expect(boxOf(inScenes(key(3), set, { area: 1, location: [0.75, 0.5] }))).toEqual([5, 11, 4, 7])
    const [top = 0, bottom = 0, left = 0, right = 0] = boxOf(inScenes(key(3), set, { area: 0.25 }))
    expect(bottom - top).toBeLessThan(5)
    expect(right - left).toBeLessThan(3)
  })

  it('takes for the background what most of the border has, not its first pixel alone', () => {
    const set = bar(1)
    const features = Uint8Array.from(set.features, (value, i) => (i === 0 ? ink : value))
    expect(boxOf(inScenes(key(3), { ...set, features }, { area: 1 }))).toEqual([0, 9, 0, 7])
  })

  it('looks at all sides of the border', () => {
    // A tall sheet: its first and last row are ink, but most of its border is paper.
    const features = Uint8Array.from({ length: 80 }, (_, i) => (i < 4 || i >= 76 ? ink : paper))
    const set: Dataset = { shape: [20, 4, 1], features, labels: Int32Array.of(0), classes: ['a', 'b'] }
    const made = inScenes(key(3), set, { area: 1 }).features
    expect([...made.subarray(0, 4), ...made.subarray(76)]).toEqual(Array.from({ length: 8 }, () => ink))
    expect([...made.subarray(4, 76)]).not.toContain(paper)
  })

  it('gives each image a background of its own in place of the colour of its border, and leaves labels', () => {
    const set = bar(3)
    const made = inScenes(key(5), set, { area: 1 })
    expect(made.labels).toEqual(set.labels)
    const corners = [0, 1].map((i) => [...made.features.subarray(i * 432, i * 432 + 3)])
    expect(corners[0]).not.toEqual(corners[1])
    expect(corners.flat()).not.toContain(paper)
    expect([...made.features.subarray(429, 432)]).not.toEqual(corners[0])
    // the same image is changed alike whatever the others are
    expect(inScenes(key(5), take(set, [0]), { area: 1 }).features).toEqual(made.features.slice(0, 432))
    const grey = inScenes(key(5), bar(1), { area: 1 }).features
    expect(grey).toHaveLength(2 * side * side)
  })

  it('refuses what are no images, and placements out of range', () => {
    const rows = { ...bar(1), features: Float32Array.from(bar(1).features) }
    expect(() => inScenes(key(0), rows, {})).toThrow('expected images, bytes of [height, width, 1 or 3]')
    expect(() => inScenes(key(0), bar(1), { area: 2 })).toThrow('expected an area above 0')
  })
})
