import { foldIn, key, uniforms } from '@ptu/core'
import type { Dataset, Normalisation } from '@ptu/data'

import { normalisationFor, pixelRanges } from './pixel-range.ts'

/** The first normalised convolution of a network as its file holds it: what its outputs were in training. */
export interface FirstNormalisation {
  /** `[height, width, channels, outputs]`, one after another. */
  readonly kernel: Float32Array
  readonly shape: readonly [number, number, number, number]
  /** `[outputs]`; absent where the convolution has none. */
  readonly bias?: Float32Array
  /** The mean of each output over the training images, before the normalisation. */
  readonly mean: Float32Array
  /** The variance of each output. */
  readonly variance: Float32Array
}

/** The examples, and the places of each, that are looked at. */
const looked = { examples: 64, places: 48 } as const

/** A range is doubted where outputs are farther off than this, in nats, and another range is at most half as far off. */
const doubtful = 0.5

/** Inputs whose root mean square is above this are doubted: those of every usual range have about 1. */
const usualSize = 20

/** The facts about a network by which the range of its pixels is judged. */
export interface RangeEvidence {
  readonly first?: FirstNormalisation | undefined
  /** Tells that the first layers scale pixels from 0 to 255 themselves. */
  readonly scalesPixels?: boolean
}

const scaledTwice = 'the network scales pixels from 0 to 255 itself, so they are scaled twice: leave --range out'

const isRaw = ({ mean, deviation }: Normalisation): boolean =>
  [mean].flat().every((m) => m === 0) && [deviation].flat().every((d) => d === 1)

/**
 * The reason to doubt the range that pixels are brought to, with the likely right one; undefined where there is none.
 *
 * Where the network's first batch normalisation is known, the outputs of the convolution before it on the user's images are compared with
 * the stored mean and variance, channel by channel: the Kullback-Leibler divergence of two normal distributions,
 * `½ ((v + (m - μ)²) / σ² - 1 - ln(v / σ²))`, of which the median counts. Else only the numbers themselves are looked at.
 * A network that scales pixels itself is right with those from 0 to 255, and with no others.
 */
export const rangeProblem = (
  examples: Dataset,
  given: Normalisation,
  { first, scalesPixels = false }: RangeEvidence,
): string | undefined => {
  const dark = darkness(examples)
  if (dark !== undefined) return dark
  if (scalesPixels) return isRaw(given) ? undefined : scaledTwice
  const compared = first === undefined ? undefined : comparison(examples, given, first)
  if (compared !== undefined) return compared.problem
  const size = rootMeanSquare(examples, given)
  return size <= usualSize
    ? undefined
    : `the network is given numbers of about ${size.toFixed(0)}, and nearly every network expects about 1: ` +
        'name the range of its pixels, most likely --range 0..1'
}

const darkness = ({ features }: Dataset): string | undefined => {
  let most = 0
  for (const pixel of features) most = Math.max(most, pixel)
  return most > 2
    ? undefined
    : `the brightest pixel of all images is ${most} of 255: they look like numbers from 0 to 1 that were saved as bytes; ` +
        'save them from 0 to 255'
}

/** Judges a range by the first normalisation: it fits, or another one does; undefined if it cannot tell. */
const comparison = (
  examples: Dataset,
  given: Normalisation,
  first: FirstNormalisation,
): { readonly problem: string | undefined } | undefined => {
  const patches = patchesOf(examples, first)
  if (patches === undefined) return undefined
  const ranges = pixelRanges.map((range) => ({ range, distance: distanceOf(patches, normalisationFor(range), first) }))
  const own = distanceOf(patches, given, first)
  const best = ranges.reduce((a, b) => (b.distance < a.distance ? b : a))
  if (own <= doubtful) return { problem: undefined }
  if (!(best.distance < own / 2)) return undefined
  const likely = ranges
    .filter(({ distance }) => distance <= 2 * Math.max(best.distance, doubtful / 2) && distance < own / 2)
    .toSorted((a, b) => a.distance - b.distance)
  return {
    problem:
      `the images do not fit what the network was trained on: its first normalisation is ${own.toFixed(1)} nats off. ` +
      `Name the range of its pixels, most likely ${likely.map(({ range, distance }) => `--range ${range} (${distance.toFixed(1)} off)`).join(' or ')}`,
  }
}

/** Pieces of images that a kernel covers, pixels from 0 to 255, one after another; undefined where it covers none. */
const patchesOf = (
  { shape, features, labels: { length } }: Dataset,
  { shape: [tall, wide, channels] }: FirstNormalisation,
): readonly Float32Array[] | undefined => {
  const [height = 0, width = 0, own = 0] = shape
  if (own !== channels || height < tall || width < wide) return undefined
  const step = Math.max(1, length / looked.examples)
  return Array.from({ length: Math.min(length, looked.examples) }, (_, i) => Math.floor(i * step)).flatMap(
    (example) => {
      const draws = uniforms(foldIn(key(0x9a7c), example), 2 * looked.places)
      return Array.from({ length: looked.places }, (_, place) => {
        const top = Math.floor((draws[2 * place] as number) * (height - tall + 1))
        const left = Math.floor((draws[2 * place + 1] as number) * (width - wide + 1))
        return Float32Array.from({ length: tall * wide * channels }, (_unused, j) => {
          const [row, rest] = [Math.floor(j / (wide * channels)), j % (wide * channels)]
          return features[((example * height + top + row) * width + left) * channels + rest] as number
        })
      })
    },
  )
}

const at = (value: Normalisation['mean'], channel: number): number =>
  typeof value === 'number' ? value : (value[channel % value.length] as number)

/** The median over outputs of how far their distribution is from the stored one, in nats. */
const distanceOf = (
  patches: readonly Float32Array[],
  { mean, deviation }: Normalisation,
  { kernel, shape: [, , channels, outputs], bias, mean: stored, variance }: FirstNormalisation,
): number => {
  const [sums, squares] = [new Float64Array(outputs), new Float64Array(outputs)]
  for (const patch of patches) {
    const x = patch.map((pixel, j) => (pixel - at(mean, j % channels)) / at(deviation, j % channels))
    for (let o = 0; o < outputs; o++) {
      let sum = bias?.[o] ?? 0
      for (let j = 0; j < x.length; j++) sum += (x[j] as number) * (kernel[j * outputs + o] as number)
      sums[o] = (sums[o] as number) + sum
      squares[o] = (squares[o] as number) + sum * sum
    }
  }
  const distances = Array.from(variance, (s2, o) => {
    const m = (sums[o] as number) / patches.length
    const v = Math.max(1e-12, (squares[o] as number) / patches.length - m * m)
    return s2 < 1e-10 ? NaN : ((v + (m - (stored[o] as number)) ** 2) / s2 - 1 - Math.log(v / s2)) / 2
  }).filter((distance) => Number.isFinite(distance))
  return distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0
}

const rootMeanSquare = ({ features, shape }: Dataset, { mean, deviation }: Normalisation): number => {
  const channels = shape.at(-1) ?? 1
  const stride = Math.max(1, Math.floor(features.length / 100_000))
  const step = stride % channels === 0 ? stride + 1 : stride // so that every channel is met
  let [sum, count] = [0, 0]
  for (let i = 0; i < features.length; i += step, count++)
    sum += (((features[i] as number) - at(mean, i % channels)) / at(deviation, i % channels)) ** 2
  return Math.sqrt(sum / Math.max(1, count))
}
