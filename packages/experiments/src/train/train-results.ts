import type { EvidenceReading } from '../advise/reading.ts'
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

/** Held-out accuracy at a number of labels. */
export interface CurvePoint {
  /** The mean number of labels of each class that was trained on. */
  readonly labels: number
  /** The held-out examples that were judged. */
  readonly count: number
  readonly accuracy: number
  readonly interval: Judgement['interval']
}

/** Held-out accuracy of a method against the number of labels, the fewest first; all points are of the same held-out examples. */
export interface LearningCurve {
  readonly method: string
  readonly points: readonly CurvePoint[]
}

/** The learning curves that there was time for. */
export interface LearningCurves {
  /** The shipped method first. */
  readonly curves: readonly LearningCurve[]
  /** Statements for people: whether more labels are likely to help, what there was no time for. */
  readonly notes: readonly string[]
}

/** A test example that is nearly one of the training examples. */
export interface TestCopy {
  readonly file: string
  /** The file of the training example. */
  readonly like: string
  /** The cosine of the angle between their encodings. */
  readonly similarity: number
}

/** The near copies among the examples, by the encodings of the source network. */
export interface CopiesFound {
  /** The cosine from which two encodings are of near copies. */
  readonly similarity: number
  /** The files of near copies in the training data, group by group: each group was held out as one. */
  readonly together: readonly (readonly string[])[]
  /** The examples with near copies that were not held out with them: they would have left too little of a class. */
  readonly apart: number
  readonly test: readonly TestCopy[]
  /** On the test data without those examples; null where there are none. */
  readonly testWithout: Judgement | null
  /** The reason for which near copies are not known; null where they are. */
  readonly problem: string | null
}

/** The held-out accuracy on the classes of an earlier training and on those that are new. */
export interface EarlierJudgement {
  /** The classes of the earlier training. */
  readonly classes: readonly string[]
  /** The number of its examples that were trained on again. */
  readonly examples: number
  /** On held-out examples of its classes. */
  readonly old: Judgement
  /** On held-out examples of other classes; null where there are none. */
  readonly new: Judgement | null
}

/** The facts of a training, whatever was learnt. Fields named `seconds` depend on the machine. */
export interface TrainingFacts {
  readonly versions: Versions
  readonly backend: string
  readonly source: SourceSummary
  readonly data: {
    /** The name of the kind of data: `photos` unless given. */
    readonly kind?: string
    /** The inputs in words; absent for images. */
    readonly inputs?: string
    readonly path: string
    readonly digest: string
    /** The number of rows or texts that those that were learnt from were drawn from; absent where all were. */
    readonly drawnFrom?: number
    readonly classes: readonly { readonly name: string; readonly train: number; readonly test: number }[]
    readonly unreadable: readonly { readonly path: string; readonly why: string }[]
    readonly frozen: number
  }
  /** The changes of pictures that training saw, and how many changed copies of each picture. */
  readonly augmentation: { readonly changes: readonly string[]; readonly copies: number }
  readonly seconds: number
}

/** The method that a training ships. */
export interface Shipped {
  readonly method: string
  readonly held: Hyperparameters
  readonly steps: number
  readonly ensemble: boolean
  readonly why: string
}

/** The document `train.json` of a training on classes: all that was found. */
export interface TrainResults extends TrainingFacts {
  readonly schema: 'ptu-train/1'
  /** The method that was shipped. */
  readonly shipped: Shipped
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
  /** The accuracy on old and new classes where the training went on from an earlier one; else null. */
  readonly earlier: EarlierJudgement | null
  /** The evidence of all labels about the source, by which nothing is chosen; absent where it was not read. */
  readonly evidence?: EvidenceReading
  readonly learning: LearningCurves
  readonly copies: CopiesFound
  /** On the test data, which were looked at once, at the end; null where there were none. */
  readonly test: Judgement | null
}
