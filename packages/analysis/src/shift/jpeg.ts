import type { ImageSize } from '@ptu/data'

/** The quantisation of brightness and of colour at quality 50, row by row (Annex K of the standard). */
const tables = [
  [
    ...[16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56],
    ...[14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92],
    ...[49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99],
  ],
  [
    ...[17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99],
    ...[47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99],
    ...[99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99],
  ],
] as const

/** The tables of brightness and of colour at a quality from 1 to 100, row by row. */
export const tablesAt = (quality: number): readonly (readonly number[])[] => {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality
  return tables.map((table) => table.map((entry) => Math.min(255, Math.max(1, Math.floor((entry * scale + 50) / 100)))))
}

/** Entry `(k, n)` of the orthonormal cosine transform of 8 values. */
const cosines = Float64Array.from({ length: 64 }, (_, i) => {
  const [k, n] = [i >> 3, i & 7]
  return (k === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * n + 1) * k * Math.PI) / 16)
})

/** The product of two 8 × 8 matrices, the first or the second transposed where asked. */
const product = (a: Float64Array, b: Float64Array, flips: readonly [boolean, boolean]): Float64Array => {
  const out = new Float64Array(64)
  for (let i = 0; i < 8; i++)
    for (let j = 0; j < 8; j++) {
      let sum = 0
      for (let k = 0; k < 8; k++)
        sum += (a[flips[0] ? 8 * k + i : 8 * i + k] as number) * (b[flips[1] ? 8 * j + k : 8 * k + j] as number)
      out[8 * i + j] = sum
    }
  return out
}

/** A block of 8 × 8 values after the loss of its small frequencies. */
const lossy = (block: Float64Array, table: readonly number[]): Float64Array => {
  const frequencies = product(product(cosines, block, [false, false]), cosines, [false, true])
  const kept = frequencies.map((value, i) => Math.round(value / (table[i] as number)) * (table[i] as number))
  return product(product(cosines, kept, [true, false]), cosines, [false, false])
}

/** One plane of an image, changed in place block by block; the edge is repeated to whole blocks. */
const compressPlane = (plane: Float64Array, height: number, width: number, table: readonly number[]): void => {
  for (let top = 0; top < height; top += 8)
    for (let left = 0; left < width; left += 8) {
      const place = (i: number): number =>
        Math.min(top + (i >> 3), height - 1) * width + Math.min(left + (i & 7), width - 1)
      const out = lossy(
        Float64Array.from({ length: 64 }, (_, i) => (plane[place(i)] as number) - 128),
        table,
      )
      for (let i = 0; i < 64; i++)
        if (top + (i >> 3) < height && left + (i & 7) < width) plane[place(i)] = (out[i] as number) + 128
    }
}

const held = (value: number): number => Math.min(255, Math.max(0, Math.round(value)))

/**
 * An image as JPEG gives it back at a quality from 1 to 100: 8 × 8 cosine transforms of brightness and colour, divided
 * by the standard's tables and rounded. Colours are not stored at half size (4:4:4).
 *
 * References:
 *   ITU-T Recommendation T.81, "Digital compression and coding of continuous-tone still images", 1992, §A.3 and Annex K
 */
export const compressed = (values: ArrayLike<number>, size: ImageSize, quality: number): Float64Array => {
  const { height, width, channels } = size
  const [bright, colour] = tablesAt(quality) as [readonly number[], readonly number[]]
  const planes = Array.from({ length: channels }, () => new Float64Array(height * width))
  const rows = channels === 1 ? [[1]] : toBrightness
  for (let i = 0; i < height * width; i++)
    rows.forEach((row, p) => {
      const sum = row.reduce((total, part, c) => total + part * (values[i * channels + c] as number), 0)
      ;(planes[p] as Float64Array)[i] = held(sum + (p === 0 ? 0 : 128))
    })
  planes.forEach((plane, p) => {
    compressPlane(plane, height, width, p === 0 ? bright : colour)
  })
  return Float64Array.from({ length: values.length }, (_, i) => {
    const at = (p: number): number => held(planes[p]?.[Math.floor(i / channels)] ?? 128)
    if (channels === 1) return at(0)
    const [blue, red] = fromColour[i % 3] as readonly [number, number]
    return held(at(0) + blue * (at(1) - 128) + red * (at(2) - 128))
  })
}

/** Brightness and two colour differences from red, green and blue. */
const toBrightness = [
  [0.299, 0.587, 0.114],
  [-0.168735892, -0.331264108, 0.5],
  [0.5, -0.418687589, -0.081312411],
] as const

/** The parts of the two colour differences in red, green and blue. */
const fromColour = [
  [0, 1.402],
  [-0.344136286, -0.714136286],
  [1.772, 0],
] as const
