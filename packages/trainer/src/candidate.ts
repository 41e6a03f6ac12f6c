import type { Key } from '@ptu/core'
import type { Dataset, Normalisation } from '@ptu/data'
import type { Layer, StagedLayer } from '@ptu/layers'
import type { Optimizer } from '@ptu/optim'
import type { ParamTree } from '@ptu/tensor'

import type { Loss } from './losses.ts'

/** One way to train: a model and how it is optimised. */
export interface Trial {
  readonly label: string
  readonly model: Layer | StagedLayer
  /** The optimizer for a run of so many steps, so that schedules end with the run. */
  optimizer(steps: number): Optimizer
  readonly average?: { readonly decay: number }
}

/** What is compared: one way to train, or several of which validation chooses. */
export interface Candidate {
  readonly name: string
  readonly trials: readonly Trial[]
  /** Whether a single trial is judged on a validation part too, to be compared with other candidates' trials. */
  readonly judged?: boolean
}

/** How far a candidate is, in steps over all its runs. */
export interface CandidateProgress {
  readonly candidate: string
  readonly trial: string
  /** Choosing among the trials, or training on all labels. */
  readonly phase: 'search' | 'train'
  readonly done: number
  readonly total: number
}

/** What all candidates of a comparison share. */
export interface ProtocolOptions {
  /** All labelled examples that there are. The test set is not asked for. */
  readonly train: Dataset
  readonly normalisation: Normalisation
  /** Draws the split, the initial parameters, the order and the noise: the same for every trial and candidate. */
  readonly key: Key
  readonly steps: number
  readonly batchSize: number
  /** {@link lossOf} the labels unless given. */
  readonly loss?: Loss
  /** Bytes of kept encodings, as in `encodeDataset`. */
  readonly memoryBudget?: number
  readonly signal?: AbortSignal
  /** Called after each step. */
  readonly onProgress?: (progress: CandidateProgress) => void
}

/** What validation said of a trial. */
export interface TrialResult {
  readonly label: string
  /** From 0 to 1; 0 for a run that diverged. */
  readonly accuracy: number
  /** Infinity for a run that diverged. */
  readonly loss: number
  readonly seconds: number
}

/** A candidate's model. */
export interface Outcome {
  readonly name: string
  /** The label of the trial that was trained on all labels. */
  readonly chosen: string
  /** Empty where there was nothing to choose. */
  readonly trials: readonly TrialResult[]
  readonly model: Layer | StagedLayer
  /** The caller owns them. */
  readonly params: ParamTree
  /** Encoding included. */
  readonly seconds: { readonly search: number; readonly train: number }
  /** The loss at each step of the last run. */
  readonly losses: readonly number[]
}
