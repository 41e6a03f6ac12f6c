import type { Dataset } from '@ptu/data'

import type { Classify } from './classifier.ts'
import type { HeatMap } from './explanation.ts'

/** The way to tell what a classifier leans on in a picture: a data set of that one picture, and a class. */
export type HeatMapper = (classify: Classify, picture: Dataset, label: number) => Promise<HeatMap>

/** The copies of a picture in each of which other cells of a grid are covered by the picture's mean colour. */
export const withCovered = (picture: Dataset, side: number, covered: readonly (readonly number[])[]): Dataset => {
  const { shape, features } = picture
  const [height = 0, width = 0, channels = 0] = shape
  const means = new Float64Array(channels)
  features.forEach((value, i) => {
    means[i % channels] = (means[i % channels] as number) + (value * channels) / features.length
  })
  const cellOf = (pixel: number): number => {
    const row = Math.floor((Math.floor(pixel / width) * side) / height)
    return row * side + Math.floor(((pixel % width) * side) / width)
  }
  const cells = Int32Array.from({ length: height * width }, (_, pixel) => cellOf(pixel))
  const copies = new Uint8Array(covered.length * features.length)
  covered.forEach((hidden, copy) => {
    const isHidden = new Set(hidden)
    for (let i = 0; i < features.length; i++)
      copies[copy * features.length + i] = isHidden.has(cells[Math.floor(i / channels)] as number)
        ? Math.round(means[i % channels] as number)
        : (features[i] as number)
  })
  return { ...picture, features: copies, labels: new Int32Array(covered.length).fill(picture.labels[0] ?? 0) }
}

/** The cells along a side of the square that is covered together. */
const windowOf = (side: number): number => Math.max(1, Math.round(side / 3))

/** The squares of cells that are covered together, each as the list of its cells. */
const squaresOf = (side: number): readonly (readonly number[])[] => {
  const window = windowOf(side)
  const places = side - window + 1
  return Array.from({ length: places * places }, (_, place) =>
    Array.from({ length: window * window }, (_unused, i) => {
      const row = Math.floor(place / places) + Math.floor(i / window)
      return row * side + (place % places) + (i % window)
    }),
  )
}

/** The passes of {@link occlusionMap}. */
export const occlusionPasses = (side: number): number => squaresOf(side).length + 1

/**
 * Covers squares of a third of a grid's side, everywhere, and tells by how much the probability of a class falls: the
 * value of a cell is the mean over the squares that hold it, positive where the classifier leans on it.
 *
 * References:
 *   Zeiler & Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, §4.2, https://arxiv.org/abs/1311.2901
 */
export const occlusionMap =
  (side: number): HeatMapper =>
  async (classify, picture, label) => {
    const squares = squaresOf(side)
    const probabilities = await classify(withCovered(picture, side, [[], ...squares]))
    const classes = picture.classes.length
    const whole = probabilities[label] ?? 0
    const [sums, counts] = [new Float64Array(side * side), new Float64Array(side * side)]
    squares.forEach((cells, square) => {
      for (const cell of cells) {
        sums[cell] = (sums[cell] ?? 0) + whole - (probabilities[(square + 1) * classes + label] ?? 0)
        counts[cell] = (counts[cell] ?? 0) + 1
      }
    })
    return { rows: side, columns: side, values: Array.from(sums, (sum, cell) => sum / (counts[cell] ?? 1)) }
  }
