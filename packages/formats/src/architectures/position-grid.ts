import type { Shape } from '@ptu/tensor'

import type { Part, View } from './view.ts'

/** The rows and columns of a picture's patches. */
export type Grid = readonly [rows: number, columns: number]

/** The patches that fit in a picture. */
export const gridOf = ([height = 1, width = 1]: Shape, patch: number): Grid => [
  Math.floor(height / patch),
  Math.floor(width / patch),
]

/** Learnt positions: those of the vectors before the patches, and those of each patch, row by row. */
export interface Positions {
  readonly name: string
  readonly of: Part
  readonly features: number
  readonly leading: number
  readonly learnt: Grid
  readonly wanted: Grid
}

/**
 * The positions of a grid of patches, from those that were learnt for another one. They are interpolated bicubically, as
 * transformers and torchvision do.
 *
 * References:
 *   Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021, §3.2, https://arxiv.org/abs/2010.11929
 */
export const positionView = ({ name, of, features, leading, learnt, wanted }: Positions): View => {
  const steps = leading + wanted[0] * wanted[1]
  const view = { name, of: [of], shape: [steps, features] }
  if (learnt.join() === wanted.join()) return view
  return {
    ...view,
    count: (leading + learnt[0] * learnt[1]) * features,
    change: (taken) => {
      const all = new Float32Array(steps * features)
      all.set(taken.subarray(0, leading * features))
      all.set(resampled(taken.subarray(leading * features), features, learnt, wanted), leading * features)
      return all
    },
  }
}

/** The weights of four neighbours for a place between the second and the third, by Keys' kernel with `a = -3/4`. */
const weightsAt = (t: number): readonly number[] => {
  const a = -0.75
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
  return [far(t + 1), near(t), near(1 - t), far(2 - t)]
}

/** The four neighbours of each place of an axis of `to` places among `from`, and their weights; corners are not aligned. */
const neighbours = (from: number, to: number): readonly (readonly (readonly [place: number, weight: number])[])[] =>
  Array.from({ length: to }, (_, i) => {
    const at = ((i + 0.5) * from) / to - 0.5
    const first = Math.floor(at)
    return weightsAt(at - first).map((weight, n) => [Math.min(Math.max(first - 1 + n, 0), from - 1), weight] as const)
  })

/** A map of `[rows, columns, features]` at another number of rows and columns. */
const resampled = (values: Float32Array, features: number, from: Grid, to: Grid): Float32Array => {
  const [rows, columns] = [neighbours(from[0], to[0]), neighbours(from[1], to[1])]
  const made = new Float32Array(to[0] * to[1] * features)
  for (const [i, row] of rows.entries())
    for (const [j, column] of columns.entries())
      for (let f = 0; f < features; f++) {
        let sum = 0
        for (const [r, vertical] of row)
          for (const [c, horizontal] of column)
            sum += vertical * horizontal * (values[(r * from[1] + c) * features + f] ?? 0)
        made[(i * to[1] + j) * features + f] = sum
      }
  return made
}
