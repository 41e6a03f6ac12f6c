import { key, uniforms } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { imageShifts, type ImageShift } from './image-shifts.ts'
import { scene, sceneGrid } from './scene.ts'
import { atResolution, shifted } from './shifted.ts'

const [height, width] = [20, 24]

/** Smooth pictures: a bright square on a dark ground. */
const pictures = (channels: 1 | 3, count = 3): Dataset => ({
  shape: [height, width, channels],
  features: Uint8Array.from({ length: count * height * width * channels }, (_, i) => {
    const pixel = Math.floor(i / channels) % (height * width)
    const [y, x] = [Math.floor(pixel / width), pixel % width]
    return y > 5 && y < 14 && x > 6 && x < 17
      ? 180 - 4 * Math.floor(i / (height * width * channels))
      : 60 + (i % channels)
  }),
  labels: Int32Array.from({ length: count }, (_, i) => i % 2),
  classes: ['a', 'b'],
})

const distance = (a: Dataset, b: Dataset): number => {
  let sum = 0
  for (const [i, value] of Array.from(a.features).entries()) sum += (value - (b.features[i] as number)) ** 2
  return Math.sqrt(sum / a.features.length)
}

const named = (name: string): ImageShift => {
  const found = imageShifts.find((shift) => shift.name === name)
  if (found === undefined) throw new Error(name)
  return found
}

describe.each(imageShifts.map((shift) => [shift.name, shift] as const))('%s', (_, shift) => {
  it.each([1, 3] as const)('changes images of %i channels more with its severity, and says by how much', (channels) => {
    const set = pictures(channels)
    const away = [1, 2, 3, 4, 5].map((severity) => distance(shifted(key(0), set, shift, severity), set))
    expect(away[0]).toBeGreaterThan(0.3)
    expect(away[4]).toBeGreaterThan((away[0] as number) * 1.1)
    expect(new Set(shift.strengths.map((strength) => shift.words(strength))).size).toBe(5)
  })

  it('depends on its key and on the place of an image alone', () => {
    const set = pictures(3)
    const all = shifted(key(4), set, shift, 3)
    expect(shifted(key(4), set, shift, 3)).toEqual(all)
    expect(shifted(key(4), take(set, [0]), shift, 3).features).toEqual(take(all, [0]).features)
    expect(all.labels).toEqual(set.labels)
  })

  it('refuses what is no image and another severity', () => {
    const rows = { ...pictures(1), shape: [height * width], features: new Float32Array(3 * height * width) }
    expect(() => shifted(key(0), rows, shift, 1)).toThrow('expected images, bytes of [height, width, 1 or 3]')
    for (const severity of [0, 6, 1.5])
      expect(() => shifted(key(0), pictures(1), shift, severity)).toThrow('from 1 to 5')
  })
})

describe('the shifts', () => {
  it('have these severities', () => {
    expect(imageShifts.map(({ name, strengths, words }) => [name, words(strengths[0]), ...strengths])).toEqual([
      ['noise', 'noise of 4 % of the full range', 0.04, 0.08, 0.12, 0.18, 0.26],
      ['blur', 'blurred over 0.4 % of a side', 0.0045, 0.009, 0.0135, 0.018, 0.027],
      ['brightness', 'brighter by 10 % of the full range', 0.1, 0.2, 0.3, 0.4, 0.5],
      ['darkness', 'darker by 10 % of the full range', 0.1, 0.2, 0.3, 0.4, 0.5],
      ['contrast', 'contrast at 60 %', 0.6, 0.4, 0.3, 0.2, 0.1],
      ['pixelation', 'pixels at 60 % of the resolution', 0.6, 0.5, 0.4, 0.3, 0.2],
      ['JPEG', 'JPEG of quality 25', 25, 18, 15, 10, 7],
      ['location', 'moved by 5 % of a side', 0.05, 0.1, 0.15, 0.2, 0.3],
      ['rotation', 'turned by 10°', 10, 20, 30, 45, 90],
      ['size', 'shrunk to 85 % of its side', 0.85, 0.7, 0.55, 0.4, 0.3],
      ['occlusion', '5 % of it covered in grey', 0.05, 0.1, 0.2, 0.3, 0.4],
    ])
  })

  it('change these pictures as they did when they were looked at', async () => {
    const [tall, wide] = [9, 14]
    const noise: Dataset = {
      shape: [tall, wide, 3],
      features: Uint8Array.from(uniforms(key(3), tall * wide * 3), (u) => 255 * u),
      ...{ labels: Int32Array.of(0), classes: ['a', 'b'] },
    }
    const sums = imageShifts.map((shift) => {
      const of = (severity: number): readonly number[] => {
        const values = Array.from(shifted(key(5), noise, shift, severity).features)
        // The mean of all values, and weighed by channel, row and place in a row: what is moved or mixed changes one of them.
        const part = (weight: (i: number) => number): number =>
          Math.round(values.reduce((sum, value, i) => sum + value * weight(i), 0) / values.length)
        return [
          part(() => 1),
          part((i) => (i % 3) + 1),
          part((i) => Math.floor(i / (3 * wide))),
          part((i) => i % (3 * wide)),
        ]
      }
      return [shift.name, ...[1, 2, 3, 4, 5].map(of)]
    })
    const path = new URL('../../fixtures/shifted-sums.json', import.meta.url).pathname
    await expect(`${JSON.stringify(sums, null, 1)}\n`).toMatchFileSnapshot(path)
  })
})

describe('single shifts', () => {
  it('noise is another one on each image', () => {
    const twice = shifted(key(1), take(pictures(1), [0, 0]), named('noise'), 1).features
    expect(twice.subarray(0, height * width)).not.toEqual(twice.subarray(height * width))
  })

  it('noise has the deviation that it says', () => {
    const grey: Dataset = { ...pictures(1), features: new Uint8Array(3 * height * width).fill(128) }
    expect(distance(shifted(key(1), grey, named('noise'), 1), grey) / 255).toBeCloseTo(0.04, 2)
  })

  it('a covered part has the area that it says', () => {
    const dark: Dataset = { ...pictures(1), features: new Uint8Array(3 * height * width) }
    const grey = shifted(key(1), dark, named('occlusion'), 3).features.filter((value) => value === 128)
    expect(grey.length / (3 * height * width)).toBeCloseTo(0.2, 1)
  })

  it('a turn by a right angle moves the top to a side', () => {
    const square: Dataset = { ...pictures(1, 1), shape: [3, 3, 1], features: Uint8Array.of(0, 9, 0, 0, 0, 0, 0, 0, 0) }
    const found = [...shifted(key(0), square, named('rotation'), 5).features]
    expect([found[3], found[5]].toSorted()).toEqual([0, 9])
    expect(found[1]).toBe(0)
  })

  it('a moved image is moved by the part that it says', () => {
    const middleOf = ({ features }: Dataset): readonly [number, number] => {
      let [sum, down, across] = [0, 0, 0]
      features.subarray(0, height * width).forEach((value, i) => {
        const weight = value > 100 ? 1 : 0
        sum += weight
        down += weight * Math.floor(i / width)
        across += weight * (i % width)
      })
      return [down / sum, across / sum]
    }
    const set = pictures(1, 1)
    const [a, b] = [middleOf(set), middleOf(shifted(key(2), set, named('location'), 2))]
    expect(Math.hypot((b[0] - a[0]) / height, (b[1] - a[1]) / width)).toBeCloseTo(0.1, 1)
  })
})

describe('a lower resolution', () => {
  it('leaves an image as it is at all of it, and loses more with less', () => {
    const set = pictures(3)
    expect(atResolution(set, 1)).toEqual(set)
    const [half, fifth] = [0.5, 0.2].map((part) => distance(atResolution(set, part), set)) as [number, number]
    expect(half).toBeGreaterThan(1)
    expect(fifth).toBeGreaterThan(half)
    expect(() => atResolution(set, 0)).toThrow('got 0')
  })

  it('treats a picture that is upside down or mirrored alike, also where rows and columns do not shrink alike', () => {
    // 20 rows become 2, and 24 columns 3; the upper left corner is bright.
    const features = Uint8Array.from({ length: height * width }, (_, i) => (i < 8 * width && i % width < 9 ? 220 : 30))
    const set = { ...pictures(1, 1), features }
    const turned = (pixels: ArrayLike<number>, vertical: boolean): number[] =>
      Array.from({ length: height * width }, (_, i) => {
        const [y, x] = [Math.floor(i / width), i % width]
        return pixels[vertical ? (height - 1 - y) * width + x : y * width + width - 1 - x] as number
      })
    const lower = atResolution(set, 0.12).features
    for (const vertical of [true, false]) {
      const other = atResolution({ ...set, features: Uint8Array.from(turned(set.features, vertical)) }, 0.12).features
      turned(other, vertical).forEach((value, i) => {
        expect(Math.abs(value - (lower[i] as number))).toBeLessThanOrEqual(1)
      })
    }
  })

  it('keeps a plain colour plain', () => {
    const colours = [10, 100, 200]
    const plain = { ...pictures(3), features: pictures(3).features.map((_, i) => colours[i % 3] ?? 0) }
    expect(atResolution(plain, 0.3)).toEqual(plain)
  })

  it('keeps a plain image plain', () => {
    const plain: Dataset = { ...pictures(1), features: new Uint8Array(3 * height * width).fill(77) }
    expect(atResolution(plain, 0.3)).toEqual(plain)
  })
})

describe('an object on a background', () => {
  const cutout = { height: 4, width: 4, pixels: Uint8Array.from({ length: 64 }, (_, i) => (i % 4 === 3 ? 255 : 200)) }
  const ground = new Uint8Array(40 * 40 * 3)
  const size = { height: 40, width: 40 }
  const covered = (pixels: Uint8Array): readonly number[] =>
    Array.from({ length: 1600 }, (_, i) => i).filter((i) => (pixels[3 * i] as number) > 0)

  it('covers the area that it is given, where it is given, whatever its turn', () => {
    for (const rotation of [0, 90, 45]) {
      const found = covered(scene(cutout, ground, size, { area: 0.25, rotation }))
      expect(found.length / 1600).toBeCloseTo(0.25, 1)
    }
    const low = covered(scene(cutout, ground, size, { area: 0.04, location: [0.9, 0.5] }))
    expect(low.reduce((sum, i) => sum + Math.floor(i / 40), 0) / low.length / 40).toBeCloseTo(0.89, 1)
  })

  it('lets the background through where it is transparent', () => {
    const clear = { ...cutout, pixels: cutout.pixels.map((value, i) => (i % 4 === 3 ? 0 : value)) }
    expect(scene(clear, ground.slice().fill(9), size)).toEqual(ground.slice().fill(9))
  })

  it('refuses placements out of range and pixels that do not fit', () => {
    expect(() => scene(cutout, ground, size, { area: 0 })).toThrow('expected an area above 0')
    expect(() => scene(cutout, ground, size, { location: [2, 0] })).toThrow('expected a location from 0 to 1')
    expect(() => scene(cutout, ground.slice(1), size)).toThrow('expected 4800 values')
  })

  it('is placed by grids that vary one factor at a time', () => {
    const grid = sceneGrid({ areas: [0.1], locations: [0, 1], rotations: [] })
    expect(grid.map(({ factor }) => factor)).toEqual(['size', 'location', 'location', 'location', 'location'])
    expect(grid.every(({ placement }) => placement.rotation === 0)).toBe(true)
    const wide = sceneGrid({ area: 0.5, areas: [0.1], locations: [0], rotations: [90] })
    expect(wide.map(({ placement }) => placement.area)).toEqual([0.1, 0.5, 0.5])
    expect(() => sceneGrid({ areas: [], locations: [], rotations: [] })).toThrow('got none')
  })
})
