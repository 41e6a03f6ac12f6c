import type { SourceSpec } from '../sources/source.ts'
import type { AugmentationName } from './augmentation.ts'
import type { DataReading } from './data-kinds.ts'

/** A training on a user's own data, as data. */
export interface TrainSpec {
  /** The network to transfer from; null where there is none, so that the data alone must do. */
  readonly source: SourceSpec | null
  /** A folder of labelled images, or a table: of paths and labels, of numbers and categories, or of texts. */
  readonly data: string
  /** The kind of the data and their reading; photos unless given. */
  readonly reading?: DataReading
  /** Data to test on once, at the end; those in `data`, if any, unless given. */
  readonly test: string | undefined
  /** The seconds that cross-validation and training may take, from the start on: reading the data and the linear probe count, but are not cut short. */
  readonly budget: number
  /** The name of a method, or `probe`; chosen by the number of labels unless given. */
  readonly method: string | undefined
  /** Ships the mean of the linear probe's and the network's probabilities. */
  readonly ensemble: boolean
  /** Trains on draws in which every class comes equally often. */
  readonly balance?: boolean
  /** Changes of pictures that training sees besides them; those of the recipes for the number of labels unless given. */
  readonly augment?: readonly AugmentationName[] | undefined
  /** Refuses data with a file that cannot be read. */
  readonly strict: boolean
  readonly seed: number
  readonly steps: number | undefined
  readonly batch: number | undefined
  readonly backend: string
  readonly modules: readonly string[]
  /** Threads on which each training is done, 1 unless given; other numbers give other bits. */
  readonly threads?: number
}
