import { type ImageSize } from '@ptu/data'
import { normals, uniforms, type Key } from '@ptu/core'

import { blurred } from './blur.ts'
import { movedBy } from './image.ts'
import { compressed } from './jpeg.ts'

/** A way in which images may differ from those of the training, in five strengths. */
export interface ImageShift {
  readonly name: string
  /** The strength in words, such as `turned by 20°`. */
  readonly words: (strength: number) => string
  /** The strength of each severity, from 1 to 5. */
  readonly strengths: readonly [number, number, number, number, number]
  /** The changed image, `[height, width, channels]` values from 0 to 255 before they are rounded. */
  readonly change: (key: Key, pixels: Uint8Array, size: ImageSize, strength: number) => ArrayLike<number>
}

const percent = (part: number): string => `${String(Math.round(100 * part))} %`

/** The image turned about its middle, against the clock; the edge is repeated. */
export const turned = (pixels: ArrayLike<number>, size: ImageSize, degrees: number): Float64Array => {
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)]
  const [middle, centre] = [(size.height - 1) / 2, (size.width - 1) / 2]
  return movedBy(pixels, size, (y, x) => [
    middle + (y - middle) * cosine + (x - centre) * sine,
    centre - (y - middle) * sine + (x - centre) * cosine,
  ])
}

const noise: ImageShift = {
  name: 'noise',
  words: (strength) => `noise of ${percent(strength)} of the full range`,
  strengths: [0.04, 0.08, 0.12, 0.18, 0.26],
  change: (key, pixels, _, strength) => {
    const drawn = normals(key, pixels.length)
    return Float64Array.from(pixels, (value, i) => value + 255 * strength * (drawn[i] as number))
  },
}

const blur: ImageShift = {
  name: 'blur',
  words: (strength) => `blurred over ${(100 * strength).toFixed(1)} % of a side`,
  strengths: [0.0045, 0.009, 0.0135, 0.018, 0.027],
  // A part of a side is a part of a pixel in small images: at least a third of one, which is seen.
  change: (_, pixels, size, strength) =>
    blurred(pixels, size, Math.max((1 / 3) * (strength / 0.0045), strength * Math.min(size.height, size.width))),
}

const brighter: ImageShift = {
  name: 'brightness',
  words: (strength) => `brighter by ${percent(strength)} of the full range`,
  strengths: [0.1, 0.2, 0.3, 0.4, 0.5],
  change: (_, pixels, __, strength) => Float64Array.from(pixels, (value) => value + 255 * strength),
}

const darker: ImageShift = {
  name: 'darkness',
  words: (strength) => `darker by ${percent(strength)} of the full range`,
  strengths: [0.1, 0.2, 0.3, 0.4, 0.5],
  change: (_, pixels, __, strength) => Float64Array.from(pixels, (value) => value - 255 * strength),
}

const contrast: ImageShift = {
  name: 'contrast',
  words: (strength) => `contrast at ${percent(strength)}`,
  strengths: [0.6, 0.4, 0.3, 0.2, 0.1],
  change: (_, pixels, { channels }, strength) => {
    const means = Array.from({ length: channels }, () => 0)
    pixels.forEach((value, i) => {
      means[i % channels] = (means[i % channels] as number) + (value * channels) / pixels.length
    })
    return Float64Array.from(pixels, (value, i) => {
      const mean = means[i % channels] as number
      return mean + strength * (value - mean)
    })
  },
}

const pixelated: ImageShift = {
  name: 'pixelation',
  words: (strength) => `pixels at ${percent(strength)} of the resolution`,
  strengths: [0.6, 0.5, 0.4, 0.3, 0.2],
  change: (_, pixels, { height, width, channels }, strength) => {
    const [rows, columns] = [height, width].map((side) => Math.max(1, Math.round(strength * side))) as [number, number]
    const [sums, counts] = [new Float64Array(rows * columns * channels), new Float64Array(rows * columns * channels)]
    const placeOf = (i: number): number => {
      const pixel = Math.floor(i / channels)
      const row = Math.floor((Math.floor(pixel / width) * rows) / height)
      return (row * columns + Math.floor(((pixel % width) * columns) / width)) * channels + (i % channels)
    }
    pixels.forEach((value, i) => {
      const place = placeOf(i)
      sums[place] = (sums[place] as number) + value
      counts[place] = (counts[place] as number) + 1
    })
    return Float64Array.from(pixels, (_unused, i) => (sums[placeOf(i)] as number) / (counts[placeOf(i)] as number))
  },
}

const jpeg: ImageShift = {
  name: 'JPEG',
  words: (strength) => `JPEG of quality ${String(strength)}`,
  strengths: [25, 18, 15, 10, 7],
  change: (_, pixels, size, strength) => compressed(pixels, size, strength),
}

const moved: ImageShift = {
  name: 'location',
  words: (strength) => `moved by ${percent(strength)} of a side`,
  strengths: [0.05, 0.1, 0.15, 0.2, 0.3],
  change: (key, pixels, size, strength) => {
    const [angle = 0] = uniforms(key, 1)
    const [down, across] = [Math.sin(2 * Math.PI * angle), Math.cos(2 * Math.PI * angle)]
    return movedBy(pixels, size, (y, x) => [y - strength * size.height * down, x - strength * size.width * across])
  },
}

const rotated: ImageShift = {
  name: 'rotation',
  words: (strength) => `turned by ${String(strength)}°`,
  strengths: [10, 20, 30, 45, 90],
  change: (key, pixels, size, strength) =>
    turned(pixels, size, (uniforms(key, 1)[0] as number) < 0.5 ? strength : -strength),
}

const smaller: ImageShift = {
  name: 'size',
  words: (strength) => `shrunk to ${percent(strength)} of its side`,
  strengths: [0.85, 0.7, 0.55, 0.4, 0.3],
  change: (_, pixels, size, strength) => {
    const [middle, centre] = [(size.height - 1) / 2, (size.width - 1) / 2]
    const near = blurred(pixels, size, 0.5 / strength)
    return movedBy(near, size, (y, x) => [middle + (y - middle) / strength, centre + (x - centre) / strength])
  },
}

const covered: ImageShift = {
  name: 'occlusion',
  words: (strength) => `${percent(strength)} of it covered in grey`,
  strengths: [0.05, 0.1, 0.2, 0.3, 0.4],
  change: (key, pixels, { height, width, channels }, strength) => {
    const part = Math.sqrt(strength)
    const [tall, wide] = [Math.max(1, Math.round(part * height)), Math.max(1, Math.round(part * width))]
    const [down = 0, across = 0] = uniforms(key, 2)
    const [top, left] = [Math.floor(down * (height - tall + 1)), Math.floor(across * (width - wide + 1))]
    return pixels.map((value, i) => {
      const pixel = Math.floor(i / channels)
      const [y, x] = [Math.floor(pixel / width) - top, (pixel % width) - left]
      return y >= 0 && y < tall && x >= 0 && x < wide ? 128 : value
    })
  },
}

/**
 * Common changes of images in five severities: noise, blur, brightness, darkness, contrast, pixelation and JPEG after
 * Hendrycks & Dietterich; location, rotation and size after Djolonga et al.; a covered part.
 *
 * Weather (fog, frost, snow), motion and glass blur and elastic changes of the first paper are left out: they need
 * pictures or are covered by the others. Blur is relative to the side of the image, so that severities mean the same at
 * every size; its first severities, and those of noise and contrast, are milder than the paper's.
 *
 * References:
 *   Hendrycks & Dietterich, "Benchmarking neural network robustness to common corruptions and perturbations", ICLR 2019, §3, https://arxiv.org/abs/1903.12261
 *   Djolonga et al., "On robustness and transferability of convolutional neural networks", CVPR 2021, §4, https://arxiv.org/abs/2007.08558
 */
export const imageShifts: readonly ImageShift[] = [
  ...[noise, blur, brighter, darker, contrast, pixelated, jpeg],
  ...[moved, rotated, smaller, covered],
]
