import type { Dataset } from '@ptu/data'

import type { PortableNetwork } from '../sources/portable-network.ts'
import type { TaskData } from '../tasks/task-data.ts'
import type { RunRecord } from './store.ts'

/** The sets of examples that a measure needs beside the test examples, as the first block that learns reads them. */
export interface MeasuredSets {
  /** The name of the measure. */
  readonly measure: string
  readonly datasets: readonly Dataset[]
}

/** The parts that the jobs of a comparison share, as plain data: threads receive it as it is. */
export interface Comparison {
  /** The frozen blocks before `network`, whose outputs are the target's features; null if nothing is frozen. */
  readonly prefix: PortableNetwork | null
  readonly network: PortableNetwork
  readonly target: TaskData
  /** Changed copies of the examples of `target.train`, in their order: for training only, never predicted. */
  readonly views?: readonly Dataset[]
  /** The measures of each model beside accuracy; absent where nothing is. */
  readonly measured?: readonly MeasuredSets[]
  /** The SHA-256 of the data that the network was trained on; null if they are not known. */
  readonly sourceData: string | null
  readonly shots: number
  /** True if the source's blocks are brought to unit size on the labelled inputs, if that is possible. */
  readonly rescales: boolean
  readonly rates: readonly number[]
  /** The learning rate of methods that search nothing. */
  readonly rate: number
  /** Tells that the new head starts at zero. */
  readonly zeroHead: boolean
  readonly steps: number
  readonly batch: number
  /** Everything that results depend on: results that were kept under another record do not count. */
  readonly record: RunRecord
}
