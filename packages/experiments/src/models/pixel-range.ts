import type { PixelNormalisation } from './recipe.ts'

/** The ranges of pixels that networks are trained on. */
export const pixelRanges = ['0..1', '-1..1', '0..255', 'imagenet'] as const

/** The range that a network expects its pixels in, by the word for it. */
export type PixelRange = (typeof pixelRanges)[number]

/** The means and deviations of ImageNet's training images, in pixels from 0 to 255. */
export const imagenet: PixelNormalisation = {
  mean: [0.485, 0.456, 0.406].map((part) => 255 * part),
  deviation: [0.229, 0.224, 0.225].map((part) => 255 * part),
}

const every = (value: number): readonly number[] => [value, value, value]

/**
 * Gives the step before a network's first layer that brings pixels from 0 to 255 to a range: `(p - mean) / deviation`.
 *
 * `imagenet` is the range of torchvision: the mean of ImageNet's pixels becomes 0 and their deviation 1, in each channel.
 *
 * @example
 * ```ts
 * expect(normalisationFor('-1..1')).toEqual({ mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5] })
 * ```
 */
export const normalisationFor = (range: PixelRange): PixelNormalisation => {
  if (range === 'imagenet') return imagenet
  if (range === '0..255') return { mean: every(0), deviation: every(1) }
  return range === '0..1' ? { mean: every(0), deviation: every(255) } : { mean: every(127.5), deviation: every(127.5) }
}
