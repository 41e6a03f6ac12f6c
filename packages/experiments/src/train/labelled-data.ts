import type { ClassCount, Dataset, Encoding, PhotoLabels, Unreadable } from '@ptu/data'

/** Labelled examples of a user, as they are read to learn from. */
export interface LabelledData {
  readonly train: Dataset
  readonly test: Dataset | undefined
  /**
   * The file of each example, or file and line: `data.csv:12`. Those of an earlier training come first; `train` holds the
   * others.
   */
  readonly files: readonly string[]
  /** The file of each test example. */
  readonly testFiles: readonly string[]
  /** An example as people read it; absent where its picture says more. */
  readonly shown?: (place: number) => string
  /** The number of examples that those of `train` were drawn from; absent where none was left out. */
  readonly drawnFrom?: number | undefined
  readonly unreadable: readonly Unreadable[]
  readonly counts: readonly ClassCount[]
  readonly digest: string
  /** The way from a row or a text to the numbers of an example; absent of images, whose way the network knows. */
  readonly encoding?: Encoding
  /** The columns of a table of images; absent of folders of classes, and of rows and texts. */
  readonly columns?: PhotoLabels
  /** Notes for people to read before the data are used. */
  readonly warnings?: readonly string[]
}
