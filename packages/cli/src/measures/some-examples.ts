import { key, permutation } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'

/** Draws the examples that are looked at: the same for every model of a comparison. */
const drawn = key(0x3ea5)

/** At most so many examples, drawn without a look at their labels. */
export const someExamples = (examples: Dataset, most: number): Dataset =>
  take(examples, permutation(drawn, examples.labels.length / labelsEach(examples)).slice(0, most))

/** The number of labels of an example: one, or one for each token of a tagged text. */
const labelsEach = ({ tagged, shape }: Dataset): number => (tagged === true ? (shape[0] ?? 1) : 1)
