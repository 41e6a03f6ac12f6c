import type { Dataset, Targets, TargetScale } from '@ptu/data'
import { timeDistributed, type Layer } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'

import type { Judged } from '../train/judgement.ts'
import { multiLabel } from './multi-label.ts'
import { regress } from './regress.ts'
import type { TargetKind } from './target-kind.ts'
import { classify, denseHead } from './task-kind-classify.ts'

/** A kind of task: the head that fits its labels, its length of training, its score and its words. */
export interface TaskKind {
  readonly name: string
  /** The name of the ready-made body that fits data, unless one is named. */
  body(data: Pick<Dataset, 'shape' | 'padding'>): string
  /** A new head for features of a shape. */
  head(classes: number, features: Shape, options?: HeadOptions): Layer
  /** The training steps that a number of labels asks for. */
  steps(shots: number): number
  /** The labels to learn from, in words: `10 labels per class`. */
  shots(shots: number): string
  /** The labels to test on, in words: `4861 test examples`. */
  tested(examples: number, labels: number): string
  /** The number of examples of each class, with each label on, or with a number. */
  counts(examples: Dataset): readonly number[]
  /** The number of labels that decides the length of training, from the counts. */
  labelsEach(counts: readonly number[]): number
  /** Labelled examples as they are learnt. */
  prepared(labelled: Dataset): Dataset
  /** The predictions that the outputs of a network stand for, `[examples, width]`. */
  outputs(logits: Float32Array, options: OutputOptions): Float32Array
  /** The words for comparisons by the score. */
  readonly comparing: ComparingWords
  /** The fewest classes, labels or numbers that there is something to learn of. */
  readonly fewest: number
  /** The least score that there can be; at most it is 1. */
  readonly least: number
  /** The smallest step of the score on so many test labels; 0 where there is none. */
  step(labels: number): number
  /** The score that methods are chosen by; more is better. */
  score(judged: Judged): number
  /** One number for each example whose mean is the score; NaN where nothing was predicted. */
  values(judged: Judged): Float64Array
}

/** The words for comparisons by a score. */
export interface ComparingWords {
  /** `accuracy`. */
  readonly name: string
  /** The title of a column of mean scores: `mean %`. */
  readonly mean: string
  /** The sign behind a score: ` %`. */
  readonly sign: string
  /** `the most accurate`. */
  readonly best: string
  /** `more accurate`. */
  readonly better: string
  /** The unit of differences: `points`. */
  readonly unit: string
  /** The unit of a table of differences: `percentage points`. */
  readonly units: string
  /** A difference in that unit. */
  readonly shown: (difference: number) => string
}

/** The options of a head. */
export interface HeadOptions {
  /** True if the head starts at zero: until it has learnt something, every class is equally likely. */
  readonly zero?: boolean
}

/** The facts that outputs are understood by. */
export interface OutputOptions {
  readonly width: number
  /** The scale that numbers were learnt at. */
  readonly scale?: TargetScale | undefined
}

/** The task of finding a class for each step of a sequence; a labelled text holds some twenty labels. */
const tag: TaskKind = {
  ...classify,
  name: 'tag',
  body: () => 'tagger',
  head: (classes, _features, options) => timeDistributed(denseHead(classes, options), { masked: true }),
  steps: (shots) => (shots <= 50 ? 150 : 300),
  shots: (shots) => `${shots} labelled ${shots === 1 ? 'text' : 'texts'}`,
  tested: (examples, labels) => `${labels} tokens of ${examples} test texts`,
}

/** The kinds of task whose examples do not have one class each, by their names. */
export const targetKinds: Readonly<Record<Targets['kind'], TargetKind>> = { 'multi-label': multiLabel, regress }

/** The kinds of task by their names. */
export const taskKinds: Readonly<Record<string, TaskKind>> = { classify, tag, ...targetKinds }

/** The kind of task of a name; `classify` for one that is not known, as in documents from elsewhere. */
export const taskKindNamed = (name: string): TaskKind =>
  (Object.hasOwn(taskKinds, name) ? taskKinds[name] : undefined) ?? classify

/** The kind of task that a data set poses. */
export const taskKindOf = ({ tagged, targets }: Pick<Dataset, 'tagged' | 'targets'>): TaskKind => {
  if (targets !== undefined) return targetKinds[targets.kind]
  return tagged === true ? tag : classify
}
