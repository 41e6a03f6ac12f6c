import type { Dataset } from './dataset.ts'
import type { PhotoColumns, PhotoLabels } from './photo-columns.ts'
import type { Unreadable } from './photo-folder.ts'

/** The options of `readPhotos`. */
export interface PhotoOptions {
  /** A second folder or table to test on; its classes must be among those of the first. */
  readonly test?: string
  /** The columns of a table of images; a folder with a table and columns that are asked for is read by the table. */
  readonly columns?: PhotoColumns
  /**
   * Classes that come first, in their order, whether the set has images of them or not. Of sets of labels and of numbers, those
   * of a model: images with others are left out and listed.
   */
  readonly classes?: readonly string[]
  /** Refuses the set if any file cannot be read. */
  readonly strict?: boolean
  /** Lets a table name files outside its folder. */
  readonly anywhere?: boolean
  /** True to ignore the package `sharp` even if it is installed, so that every machine gives the same bytes. */
  readonly portable?: boolean
  /** Stops the reading. */
  readonly signal?: AbortSignal
  /** Called before each file of a part and at its end. */
  readonly progress?: (done: number, total: number) => void
}

/** The number of examples of a class in each part. */
export interface ClassCount {
  readonly name: string
  readonly train: number
  readonly test: number
}

/** Images as labelled examples, and the file of each example. */
export interface Photos {
  readonly train: Dataset
  /** The test part, with the classes of `train`, some of which it may lack; undefined if there is no test part. */
  readonly test: Dataset | undefined
  /** The path of each example. */
  readonly files: { readonly train: readonly string[]; readonly test: readonly string[] | undefined }
  /** The files that gave no example, and the reasons. */
  readonly unreadable: readonly Unreadable[]
  /** The classes in their order. */
  readonly counts: readonly ClassCount[]
  /** The columns of the table that lists the images; undefined of folders of classes. */
  readonly columns: PhotoLabels | undefined
  /** Notes for people: images that the table does not name. */
  readonly warnings: readonly string[]
}
