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

/**
 * Covers each cell of a grid in turn and tells by how much the probability of a class falls: positive where the
 * classifier leans on the cell.
 *
 * References:
 *   Zeiler & Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, §4.2, https://arxiv.org/abs/1311.2901
 */
export const occlusionMap =
  (side: number): HeatMapper =>
  async (classify, picture, label) => {
    const cells = Array.from({ length: side * side }, (_, cell) => [cell])
    const probabilities = await classify(withCovered(picture, side, [[], ...cells]))
    const classes = picture.classes.length
    const whole = probabilities[label] ?? 0
    return {
      rows: side,
      columns: side,
      values: cells.map((_, cell) => whole - (probabilities[(cell + 1) * classes + label] ?? 0)),
    }
  }
