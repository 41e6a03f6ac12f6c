import type { Hyperparameters } from '../methods/method.ts'
import type { TaskFacts } from '../models/task-facts.ts'
import type { TargetJudgement } from '../tasks/target-kind.ts'
import type { Shipped, TrainingFacts } from './train-results.ts'

/** A method's predictions of sets of labels or numbers for examples that it was not trained on, judged. */
export interface MethodTargetJudgement extends TargetJudgement {
  readonly method: string
  readonly held: Hyperparameters
  /** The folds that were trained. */
  readonly folds: number
  /** Training over these folds. */
  readonly seconds: number
}

/** Held-out score at a number of examples: macro F1 of sets of labels, R² of numbers. */
export interface TargetCurvePoint {
  /** The mean number of examples that were trained on. */
  readonly examples: number
  /** The held-out examples that were judged. */
  readonly count: number
  readonly score: number
  readonly interval: TargetJudgement['interval']
}

/** Held-out score of a method against the number of examples, the fewest first; all points are of the same held-out examples. */
export interface TargetCurve {
  readonly method: string
  readonly points: readonly TargetCurvePoint[]
}

/** The learning curves of sets of labels or numbers that there was time for, the shipped method first. */
export interface TargetCurves {
  readonly curves: readonly TargetCurve[]
  /** Statements for people: whether more labels are likely to help, what there was no time for. */
  readonly notes: readonly string[]
}

/** A number and what the shipped method predicted for it without having seen it. */
export interface HeldOutNumber {
  readonly file: string
  readonly given: number
  readonly predicted: number
}

/** The document `train.json` of a training on sets of labels or on numbers: all that was found. */
export interface TargetResults extends TrainingFacts {
  readonly schema: 'ptu-train-targets/1'
  /** The number of examples that were learnt from. */
  readonly examples: number
  /** The facts that the model remembers: thresholds, or scale and margin. */
  readonly task: TaskFacts
  readonly shipped: Shipped
  /** Methods by their predictions of examples that were held out, the shipped one first. */
  readonly methods: readonly MethodTargetJudgement[]
  readonly learning: TargetCurves
  /** At most 1,000 numbers that were held out, drawn with the seed, in the order of the data; absent of sets of labels. */
  readonly heldOut?: readonly HeldOutNumber[]
  /** Statements for people: what was level, what there was no time for, warnings. */
  readonly notes: readonly string[]
  /** On the test data, which were looked at once, at the end; null where there were none. */
  readonly test: TargetJudgement | null
}
