import type { SourceSummary, Versions } from '../results/results.ts'
import type { Hyperparameters } from '../methods/method.ts'
import type { Judgement } from './judgement.ts'
import type { ReliabilityBin } from './reliability.ts'

/** A method's predictions for examples that it was not trained on, judged. */
export interface MethodJudgement extends Judgement {
  readonly method: string
  readonly held: Hyperparameters
  /** The folds that were trained. */
  readonly folds: number
  /** Training over these folds. */
  readonly seconds: number
}

/** An example that is worth a look. */
export interface Example {
  readonly file: string
  /** The row or the text as people read it, at most 400 characters; absent of images. */
  readonly shown?: string
  readonly given: string
  readonly taken: string
  /** The probability of the given class. */
  readonly probability: number
  /** The probability of the class that it is taken for. */
  readonly confidence: number
}

/** The document `train.json`: all that a training found. Fields named `seconds` depend on the machine. */
export interface TrainResults {
  readonly schema: 'ptu-train/1'
  readonly versions: Versions
  readonly backend: string
  readonly source: SourceSummary
  readonly data: {
    /** The name of the kind of data: `photos` unless given. */
    readonly kind?: string
    /** What the inputs are, in words; absent of images. */
    readonly inputs?: string
    readonly path: string
    readonly digest: string
    readonly classes: readonly { readonly name: string; readonly train: number; readonly test: number }[]
    readonly unreadable: readonly { readonly path: string; readonly why: string }[]
    readonly frozen: number
  }
  /** The method that was shipped. */
  readonly shipped: {
    readonly method: string
    readonly held: Hyperparameters
    readonly steps: number
    readonly ensemble: boolean
    readonly why: string
  }
  /** Methods by their predictions of examples that were held out, the shipped one first. */
  readonly methods: readonly MethodJudgement[]
  /** Statements for people: what was level, what there was no time for, warnings. */
  readonly notes: readonly string[]
  /** `[given class][taken for]`, counts of held-out examples, in the order of the classes. */
  readonly confusion: readonly (readonly number[])[]
  /** Examples whose labels may be wrong, the most doubtful first. */
  readonly suspects: readonly Example[]
  /** Examples that are taken for another class, the least probable label first. */
  readonly confused: readonly Example[]
  /** At most 24 examples with the smallest confidence, the least sure first. */
  readonly unsure: readonly Example[]
  /** Confidence against accuracy of the shipped method on held-out examples, in ten equal ranges. */
  readonly reliability: readonly ReliabilityBin[]
  /** The expected calibration error over these ranges, from 0 to 1. */
  readonly ece: number
  /** On the test data, which were looked at once, at the end; null where there were none. */
  readonly test: Judgement | null
  readonly seconds: number
}
