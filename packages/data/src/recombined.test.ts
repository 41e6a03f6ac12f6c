import { foldIn, key, permutation, uniforms } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { augmented } from './augment.ts'
import { take, type Dataset } from './dataset.ts'
import { fourier } from './fourier.ts'
import { amplitudesSwapped, recombined } from './recombined.ts'

const noise = (seed: number, count: number): Float64Array =>
  Float64Array.from(uniforms(key(seed), count), (u) => 255 * u)

const picturesOf = (count: number, shape: readonly [number, number, number]): Dataset => ({
  ...{ shape, labels: Int32Array.from({ length: count }, (_, i) => i % 2), classes: ['a', 'b'] },
  features: Uint8Array.from(noise(5, count * shape[0] * shape[1] * shape[2])),
})

/** The largest difference between two lists of numbers. */
const apart = (found: ArrayLike<number>, expected: ArrayLike<number>): number => {
  expect(found).toHaveLength(expected.length)
  return Array.from(found).reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))), 0)
}

describe('the Fourier transform', () => {
  it('is the sum that defines it, for every length: prime, of small factors, and one', () => {
    for (const [height, width] of [
      [1, 1],
      [2, 3],
      [4, 6],
      [7, 12],
      [1, 13],
      [9, 10],
    ] as const) {
      const [real, imaginary] = [noise(1, height * width), noise(2, height * width)]
      for (const sign of [1, -1] as const) {
        const found = fourier({ real, imaginary }, [height, width], sign)
        for (let k = 0; k < height; k++)
          for (let l = 0; l < width; l++) {
            let [a, b] = [0, 0]
            for (let y = 0; y < height; y++)
              for (let x = 0; x < width; x++) {
                const angle = sign * 2 * Math.PI * ((k * y) / height + (l * x) / width)
                const [re, im] = [real[y * width + x] as number, imaginary[y * width + x] as number]
                a += re * Math.cos(angle) - im * Math.sin(angle)
                b += re * Math.sin(angle) + im * Math.cos(angle)
              }
            expect(found.real[k * width + l]).toBeCloseTo(a, 8)
            expect(found.imaginary[k * width + l]).toBeCloseTo(b, 8)
          }
      }
    }
  })
})

describe('an image of the phases of one and the amplitudes of another', () => {
  const size = { height: 6, width: 7, channels: 3 }
  const [one, other] = [noise(3, 126), noise(4, 126)]

  it('has these phases and these amplitudes, channel by channel', () => {
    const found = recombined(one, other, size)
    for (let c = 0; c < 3; c++) {
      const of = (values: Float64Array) =>
        fourier({ real: values.filter((_, i) => i % 3 === c), imaginary: new Float64Array(42) }, [6, 7], -1)
      const [mine, phases, amplitudes] = [of(found), of(one), of(other)]
      for (let i = 0; i < 42; i++) {
        const [a, b] = [mine.real[i] as number, mine.imaginary[i] as number]
        const [d, e] = [phases.real[i] as number, phases.imaginary[i] as number]
        expect(Math.hypot(a, b)).toBeCloseTo(
          Math.hypot(amplitudes.real[i] as number, amplitudes.imaginary[i] as number),
          7,
        )
        expect((a * d + b * e) / (Math.hypot(a, b) * Math.hypot(d, e))).toBeCloseTo(1, 7)
      }
    }
  })

  it('is the image itself where both are one, and refuses images of another size', () => {
    expect(apart(recombined(one, one, size), one)).toBeLessThan(1e-9)
    expect(() => recombined(one, other.subarray(1), size)).toThrow('got 125')
    expect(() => recombined(one, other.with(9, NaN), size)).toThrow('value 9 is NaN')
  })
})

describe('swapped amplitudes', () => {
  const pictures = picturesOf(5, [6, 7, 3])

  it('come from the next image in a drawn order; phases and labels stay', () => {
    const found = amplitudesSwapped(key(1), pictures)
    expect(found.labels).toEqual(pictures.labels)
    const order = permutation(foldIn(key(1), 0), 5)
    const imageAt = ({ features }: Dataset, i: number) => features.subarray(i * 126, (i + 1) * 126)
    const size = { height: 6, width: 7, channels: 3 }
    order.forEach((example, i) => {
      const expected = recombined(imageAt(pictures, example), imageAt(pictures, order[(i + 1) % 5] as number), size)
      const held = expected.map((value) => Math.min(Math.max(value, 0), 255))
      expect(apart(imageAt(found, example), held)).toBeLessThan(0.500001)
    })
  })

  it('leave equal images as they are, and need two', () => {
    const equal = take(pictures, [0, 0])
    expect(amplitudesSwapped(key(1), equal).features).toEqual(equal.features)
    expect(() => amplitudesSwapped(key(1), take(pictures, [0]))).toThrow('expected at least 2 images')
  })
})

describe('amplitudes as augmentation', () => {
  const changes = { colour: 0.3, crop: 0.2 }
  const pictures = picturesOf(4, [6, 7, 3])

  it('are those of a second change of the image, whose phases are of the first', () => {
    const found = augmented(key(2), take(pictures, [0]), { ...changes, amplitudes: 1 })
    const first = augmented(key(2), take(pictures, [0]), changes)
    // Example 2 of a set is changed by foldIn(key, 2), as the second change is.
    const second = take(augmented(foldIn(key(2), 0), take(pictures, [0, 0, 0]), changes), [2])
    const expected = recombined(first.features, second.features, { height: 6, width: 7, channels: 3 })
    const held = expected.map((value) => Math.min(Math.max(value, 0), 255))
    expect(apart(found.features, held)).toBeLessThan(4)
    expect(apart(found.features, first.features)).toBeGreaterThan(10)
    expect(apart(second.features, first.features)).toBeGreaterThan(10)
  })

  it('are taken as often as asked, whatever the other images are', () => {
    const many = picturesOf(400, [2, 3, 1])
    const plain = augmented(key(3), many, changes)
    const found = augmented(key(3), many, { ...changes, amplitudes: 0.3 })
    const taken = Array.from({ length: 400 }, (_, i) => i).filter(
      (i) => apart(found.features.subarray(6 * i, 6 * i + 6), plain.features.subarray(6 * i, 6 * i + 6)) > 0,
    )
    expect(taken.length / 400).toBeGreaterThan(0.22)
    expect(taken.length / 400).toBeLessThan(0.36)
    expect(augmented(key(3), take(many, [0, 1]), { ...changes, amplitudes: 0.3 }).features).toEqual(
      found.features.slice(0, 12),
    )
  })

  it('need another change to come from', () => {
    expect(() => augmented(key(0), pictures, { flip: 0.5, amplitudes: 0.5 })).toThrow(
      'expected shift, crop or colour beside amplitudes',
    )
    for (const change of [{ shift: 0.5 }, { crop: 0.2 }, { colour: 0.2 }])
      expect(augmented(key(0), pictures, { ...change, amplitudes: 1 })).not.toEqual(augmented(key(0), pictures, change))
    expect(() => augmented(key(0), pictures, { ...changes, amplitudes: 1.1 })).toThrow(
      'expected amplitudes from 0 to 1',
    )
  })
})
