import type { Key, Stepwise } from '@ptu/core'
import type { Dataset } from '@ptu/data'

import type { TaskFacts } from '../models/task-facts.ts'
import type { Judged } from '../train/judgement.ts'
import type { TaskKind } from './task-kind.ts'

/** The scores of one label. */
export interface LabelScores {
  readonly name: string
  /** The examples on which it is on. */
  readonly count: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** The judgement of sets of labels or numbers that were predicted for examples that were not learnt from. */
export interface TargetJudgement {
  /** The examples that were judged. */
  readonly count: number
  /** The scores by the names of {@link TargetKind.scores}. */
  readonly scores: Readonly<Record<string, number>>
  /** The 95 % bootstrap interval of the first of them. */
  readonly interval: { readonly low: number; readonly high: number }
  /** Label by label; absent of numbers. */
  readonly labels?: readonly LabelScores[]
}

/** A score of a kind of task. */
export interface Score {
  readonly name: string
  readonly title: string
  /** The score as people read it. */
  readonly shown: (value: number) => string
  /** A `part` of one, or any other `number`. */
  readonly unit: 'part' | 'number'
}

/** A linear model in closed form or by regression, and its predictions of the examples that its folds held out. */
export interface TargetProbe {
  /** `[size, classes]`, of the numbers that a network would give. */
  readonly weights: Float64Array
  readonly bias: Float64Array
  /** `[examples, classes]`. */
  readonly heldOut: Float32Array
}

/** The vectors that a linear model is fitted to. */
export interface TargetProbeRequest {
  readonly vectors: Dataset
  readonly folds: readonly (readonly number[])[]
  readonly key: Key
}

/** A kind of task whose examples do not have one class each. */
export interface TargetKind extends TaskKind {
  /** The scores, that by which methods are chosen first; more of it is better. */
  readonly scores: readonly Score[]
  /** The kind in words: `numbers`, `sets of labels`. */
  readonly words: string
  /** The scores of predictions by their names; rows of NaN are left out. */
  scoresOf(judged: Judged): TargetJudgement['scores']
  /** Judges predictions; rows of NaN are left out. */
  judge(judged: Judged, key: Key): TargetJudgement
  /** The facts that a model remembers, from predictions of examples that it did not learn from. */
  facts(judged: Judged): TaskFacts
  /**
   * The facts of a model of labelled examples of which none was held out: their scale, or thresholds by what it predicts for them.
   */
  learntFacts(labelled: Dataset, predicted: () => Promise<Judged>): Promise<TaskFacts>
  /** Fits the linear model that other methods are compared with, in steps. */
  probe(request: TargetProbeRequest): Stepwise<TargetProbe>
}
