import type { Dataset } from '@ptu/data'
import { argmaxRows } from '@ptu/trainer'

/** Tells of each example whether its most probable class is its label: 1 or 0. */
export const rightOf = (probabilities: Float32Array, { labels, classes }: Dataset): readonly number[] =>
  Array.from(argmaxRows(probabilities, classes.length), (taken, i) => (taken === labels[i] ? 1 : 0))
