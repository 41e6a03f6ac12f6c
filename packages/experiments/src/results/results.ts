import type { Json } from '@ptu/core'

import type { EvidenceReading } from '../advise/reading.ts'
import type { MeasuredColumn, MeasuredValue } from '../measures/measure.ts'
import type { Hyperparameters, Role } from '../methods/method.ts'
import type { Interval } from '../statistics/interval.ts'
import type { FinalEvaluation } from './evaluation.ts'

/** A method as results name it. */
export interface MethodSummary {
  readonly name: string
  readonly role: Role
}

/** The settings that the numbers of an experiment depend on. */
export interface TrainingSettings {
  /** The source network: trained here or opened. */
  readonly source: { readonly kind: string; readonly [field: string]: Json }
  readonly target: string
  readonly shots: number
  readonly seeds: readonly number[]
  readonly methods: readonly MethodSummary[]
  readonly steps: number
  readonly batch: number
  readonly rates: readonly number[]
  /** The learning rate of methods that search nothing. */
  readonly rate: number
  readonly backend: string
}

/** All that was asked for of a comparison. */
export interface RunSettings extends TrainingSettings {
  /** The candidate that was named to be judged before anything was trained; null if there is none. */
  readonly judged: string | null
  /** The measures beside accuracy that were asked for; absent where none was. */
  readonly measures?: readonly string[] | undefined
}

/** The network that was transferred. */
export interface SourceSummary {
  /** A short name: `mnist:0-4`, `mobilenet_v2.pth`. */
  readonly name: string
  /** The network in words: `lenet trained on mnist:0-4`. */
  readonly title: string
  /** The SHA-256 of the network. */
  readonly digest: string
  /** The SHA-256 of the data it was trained on; null if they are not known. */
  readonly data: string | null
  /** On the source's own test data, from 0 to 1; null if they are not known. */
  readonly accuracy: number | null
  /** The accuracy of always naming the commonest class of that test data. */
  readonly chance: number | null
  /** The number of labels of that test data. */
  readonly testLabels: number | null
  /** The reason why little can be learnt from transferring it; null if there is none. */
  readonly warning: string | null
  readonly blocks: readonly string[]
  readonly parameters: number
  /** True if its blocks were brought to unit size on the target's training inputs, for every method alike. */
  readonly rescaled: boolean
  /** The reason why they were not; null if they were. */
  readonly rescaleProblem: string | null
  readonly seconds: number
}

/** The task that it was transferred to. */
export interface TargetSummary {
  readonly data: string
  /**
   * The kind of task: `classify`; `tag`, for which `shots` are texts and accuracies are per token; `multi-label`, for which
   * accuracies are macro F1, or `regress`, for which they are R².
   */
  readonly kind: string
  readonly classes: readonly string[]
  readonly testExamples: number
  /** The number of classes to predict: one for each test example, or for each token of test texts; of sets one for each label. */
  readonly testLabels: number
}

/** One try of a search: trained on 80 % of the labels, judged on the rest. */
export interface TrialSummary extends Hyperparameters {
  /** The accuracy on the validation part, or what stands in its place, as in {@link TargetSummary.kind}. */
  readonly accuracy: number
  /** On the validation part; null for a run that diverged. */
  readonly loss: number | null
  readonly seconds: number
}

/** The result of a job: a method trained on one draw of labels, folded, on the test data. */
export interface JobResult extends FinalEvaluation, Hyperparameters {
  /** The training loss, averaged over at most a hundred stretches of equal length. */
  readonly curve: readonly number[]
  /** The evidence of the labels by which the method set its gates; absent where it looked at none, and in older documents. */
  readonly evidence?: EvidenceReading | undefined
  /** The trials before it; empty if there was nothing to choose, and for `any`, which tries nothing itself. */
  readonly trials: readonly TrialSummary[]
  /** The numbers of the measures that were asked for; absent where none was. */
  readonly measures?: readonly MeasuredValue[] | undefined
  /**
   * The probability from which each label is taken as on, chosen on the labelled examples of the draw; absent but of sets of labels.
   */
  readonly thresholds?: readonly number[] | undefined
  /** Training, with the search for settings. */
  readonly seconds: number
}

/** A method's result for one draw of labels. */
export interface RunResult extends JobResult {
  readonly method: string
  readonly seed: number
  /** The tuned baseline that won, for `any`; else the method itself. */
  readonly chosen: string
}

/** A method against another one, over the same draws of labels. */
export interface Difference {
  /** The name of the other method. */
  readonly reference: string
  readonly mean: number
  /** The 95 % interval; null for fewer than three draws. */
  readonly interval: Interval | null
  /** The number of draws in which the method is ahead; a tie counts a half. */
  readonly wins: number
  /** The two-sided sign-flip p, at least `2 / 2ⁿ`. */
  readonly p: number
}

/** A number of a measure over the draws of labels. */
export interface MeasureSummary {
  /** As in {@link MeasuredValue}. */
  readonly name: string
  readonly mean: number
  /** The 95 % interval; null for fewer than three draws. */
  readonly interval: Interval | null
}

/** One line of the table. */
export interface Row {
  readonly method: string
  readonly role: Role
  readonly mean: number
  /** The 95 % interval; null for fewer than three draws. */
  readonly interval: Interval | null
  /** The differences to `any`, each tuned baseline and each recipe, but not to itself. */
  readonly differences: readonly Difference[]
  /** The means of what was measured; absent where nothing was. */
  readonly measures?: readonly MeasureSummary[] | undefined
  readonly parameters: number
  readonly bytes: number
  readonly seconds: number
}

/** The versions that numbers may depend on. */
export interface Versions {
  readonly ptu: string
  readonly tfjs: string
  readonly node: string
}

/** The document `results.json`. Every field named `seconds` depends on the machine; nothing else does. */
export interface Results {
  readonly schema: 'ptu-results/3'
  readonly settings: RunSettings
  readonly versions: Versions
  readonly source: SourceSummary
  readonly target: TargetSummary
  /** The columns of what was measured; absent where nothing was. */
  readonly measures?: readonly MeasuredColumn[] | undefined
  readonly runs: readonly RunResult[]
  readonly rows: readonly Row[]
  /** The method that candidates are judged against: `any`, else the only tuned baseline, else the first recipe. */
  readonly reference: string | null
  readonly verdict: string
  readonly seconds: number
}
