import { key, normals, uniforms } from '@ptu/core'
import type { Dataset, Normalisation } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { normalisationFor, pixelRanges, type PixelRange } from './pixel-range.ts'
import { rangeProblem, type FirstNormalisation } from './range-check.ts'

const [size, count, outputs] = [12, 40, 8]
/** The kernel is no square, and neither side is the number of channels. */
const [tall, wide] = [2, 4]

/** Smooth grey-brown pictures: each is one shade with noise. */
const pictures = (seed: number, brightest = 255): Dataset => {
  const noise = uniforms(key(seed), count * size * size * 3)
  const shades = uniforms(key(seed + 1), count)
  return {
    shape: [size, size, 3],
    features: Uint8Array.from(
      noise,
      (u, i) => brightest * (0.15 + 0.5 * (shades[Math.floor(i / (size * size * 3))] ?? 0) + 0.3 * u),
    ),
    labels: new Int32Array(count),
    classes: ['a', 'b'],
  }
}

/** The statistics that a batch normalisation stores after training on such pictures in a range, computed one by one. */
const trainedIn = (range: PixelRange): FirstNormalisation => {
  const { features } = pictures(100)
  const kernel = normals(key(7), tall * wide * 3 * outputs)
  const bias = normals(key(8), outputs)
  const { mean, deviation } = normalisationFor(range)
  const values: number[][] = Array.from({ length: outputs }, () => [])
  for (let example = 0; example < count; example++)
    for (let top = 0; top + tall <= size; top += 2)
      for (let left = 0; left + wide <= size; left += 2)
        for (let o = 0; o < outputs; o++) {
          let sum = bias[o] as number
          for (let y = 0; y < tall; y++)
            for (let x = 0; x < wide; x++)
              for (let c = 0; c < 3; c++) {
                const pixel = features[((example * size + top + y) * size + left + x) * 3 + c] as number
                const input = (pixel - (mean[c] as number)) / (deviation[c] as number)
                sum += input * (kernel[((y * wide + x) * 3 + c) * outputs + o] as number)
              }
          values[o]?.push(sum)
        }
  const average = (some: readonly number[]): number => some.reduce((a, b) => a + b, 0) / some.length
  const means = values.map(average)
  const variances = values.map((some, o) => average(some.map((x) => (x - (means[o] as number)) ** 2)))
  return {
    ...{ kernel, bias, shape: [tall, wide, 3, outputs] },
    ...{ mean: Float32Array.from(means), variance: Float32Array.from(variances) },
  }
}

const raw: Normalisation = { mean: 0, deviation: 1 }

describe('the range of pixels that a network is given', () => {
  it('is right where the outputs of its first convolution are those of its training', () => {
    for (const range of pixelRanges)
      expect(rangeProblem(pictures(1), normalisationFor(range), { first: trainedIn(range) })).toBeUndefined()
  })

  it('is doubted where another range fits far better, which is named; -1..1 and imagenet are near each other', () => {
    for (const trained of pixelRanges)
      for (const given of pixelRanges.filter(
        (range) => range !== trained && (range === '0..1' || trained === '0..1'),
      )) {
        const problem = rangeProblem(pictures(1), normalisationFor(given), { first: trainedIn(trained) })
        expect(problem).toMatch(new RegExp(`most likely --range ${trained.replaceAll('.', '\\.')} \\(0\\.`))
      }
    expect(rangeProblem(pictures(1), raw, { first: trainedIn('0..1') })).toContain('most likely --range 0..1')
  })

  it('is from 0 to 255 where the network scales pixels itself, whatever its first normalisation says', () => {
    const evidence = { first: trainedIn('0..1'), scalesPixels: true }
    expect(rangeProblem(pictures(1), raw, evidence)).toBeUndefined()
    expect(rangeProblem(pictures(1), normalisationFor('0..255'), evidence)).toBeUndefined()
    expect(rangeProblem(pictures(1), normalisationFor('0..1'), evidence)).toContain('scaled twice: leave --range out')
    expect(rangeProblem(pictures(1, 1.9), raw, evidence)).toContain('brightest pixel of all images is 1')
  })

  it('is not doubted of pictures that fit no range', () => {
    const strange = { ...trainedIn('0..1'), mean: new Float32Array(outputs).fill(900) }
    expect(rangeProblem(pictures(1), normalisationFor('-1..1'), { first: strange })).toBeUndefined()
  })

  it('is doubted by the size of the numbers where there is no normalisation', () => {
    expect(rangeProblem(pictures(1), raw, {})).toContain('most likely --range 0..1')
    for (const range of pixelRanges.filter((one) => one !== '0..255'))
      expect(rangeProblem(pictures(1), normalisationFor(range), {})).toBeUndefined()
  })

  it('is judged by all channels, however many numbers there are', () => {
    const one: Dataset = {
      ...pictures(1),
      features: Uint8Array.from({ length: 330_000 }, (_, i) => (i % 3 === 0 ? 0 : 255)),
    }
    expect(rangeProblem(one, raw, {})).toContain('numbers of about 208')
  })

  it('cannot be right of pictures whose brightest pixel is 1', () => {
    expect(rangeProblem(pictures(1, 1.9), normalisationFor('0..1'), {})).toContain('brightest pixel of all images is 1')
  })

  it('is not looked at by a kernel that is larger than the pictures, or of other channels', () => {
    const first = trainedIn('imagenet')
    for (const [height, width] of [
      [1, size * size],
      [size * (size / 3), 3],
    ] as const) {
      const small: Dataset = { ...pictures(1), shape: [height, width, 3] }
      expect(rangeProblem(small, normalisationFor('0..1'), { first })).toBeUndefined()
    }
    const grey: FirstNormalisation = { ...first, shape: [tall, wide, 1, outputs] }
    expect(rangeProblem(pictures(1), normalisationFor('0..1'), { first: grey })).toBeUndefined()
  })
})
