import type { Key } from '@ptu/core'
import type { Dataset, Normalisation } from '@ptu/data'
import type { Layer, StagedLayer } from '@ptu/layers'
import type { Optimizer } from '@ptu/optim'
import type { ParamTree } from '@ptu/tensor'

import type { CheckpointOptions } from './train.ts'
import type { Predictions } from './evaluate.ts'
import type { Loss } from './losses.ts'
import type { Replica } from './replica.ts'

/** One way to train: a model and how it is optimised. */
export interface Trial {
  /** A name for people and files; the trials of a candidate have different ones. */
  readonly label: string
  readonly model: Layer | StagedLayer
  /** The optimizer for a run of so many steps, so that schedules end with the run. */
  optimizer(steps: number): Optimizer
  readonly average?: { readonly decay: number }
}

/** One way to train, or several from which validation chooses. */
export interface Candidate<T extends Trial = Trial> {
  readonly name: string
  readonly trials: readonly T[]
  /** True if a single trial is judged on a validation part too, to be compared with other candidates' trials. */
  readonly judged?: boolean
}

/** The part of a candidate's training that a run belongs to: the search, or the training on all labels. */
export type Phase = 'search' | 'train'

/** The progress of a candidate, in steps over all its runs. */
export interface CandidateProgress {
  readonly candidate: string
  readonly trial: string
  readonly phase: Phase
  readonly done: number
  readonly total: number
}

/** The memory of finished work: with it a candidate that was stopped goes on and ends with the same bits. */
export interface TrialMemory {
  /** The result that was kept of a trial's search; undefined if there is none. */
  find(label: string): Promise<Judged | undefined>
  /** Keeps the result of a trial's search. */
  keep(label: string, found: Judged): Promise<void>
  /** The checkpoint of a run under way; undefined if it has none. */
  checkpoint(label: string, phase: Phase): CheckpointOptions | undefined
}

/** Examples and the outputs of a model for them. */
export interface Answered {
  readonly outputs: Predictions
  readonly examples: Dataset
}

/** The examples that a trial was trained on; its outputs for them are computed where they are asked for. */
export interface TrainedPart {
  readonly examples: Dataset
  /** Computes the outputs. */
  readonly outputs: () => Promise<Predictions>
}

/** A score of outputs for the validation part, beside what the same parameters give for the part that they were trained on. */
export type TrialScore = (validation: Answered, trained: TrainedPart) => number | Promise<number>

/** The options that all candidates of a comparison share. */
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
  /** The score by which trials are ranked; accuracy unless given. */
  readonly score?: TrialScore
  /** Bytes of kept encodings, as in `encodeDataset`. */
  readonly memoryBudget?: number
  readonly signal?: AbortSignal
  readonly memory?: TrialMemory
  /** This copy of every run, if others compute the gradients with it. */
  readonly replica?: Replica
  /** Called after each step. */
  readonly onProgress?: (progress: CandidateProgress) => void
}

/** The judgement of the validation part. */
export interface Judged {
  /** From 0 to 1, or the score in its place; 0 for a run that diverged. */
  readonly accuracy: number
  /** Infinity for a run that diverged. */
  readonly loss: number
  readonly seconds: number
}

/** A trial and how it was judged. */
export interface TrialResult<T extends Trial = Trial> extends Judged {
  readonly trial: T
}

/** A candidate's model. */
export interface Outcome<T extends Trial = Trial> {
  readonly name: string
  /** The trial that was trained on all labels. */
  readonly chosen: T
  /** The results of the trials; empty if there was nothing to choose. */
  readonly trials: readonly TrialResult<T>[]
  readonly model: Layer | StagedLayer
  /** The caller owns them. */
  readonly params: ParamTree
  /** Encoding included. */
  readonly seconds: { readonly search: number; readonly train: number }
  /** The loss at each step of the last run. */
  readonly losses: readonly number[]
}
