/**
 * The openness of the gates of one unit of a block: one number per channel, or a single one if the gate has no
 * channels.
 */
export interface GateReading {
  readonly block: string
  /** The place of the unit in the block, from 0. */
  readonly unit: number
  readonly update: readonly number[]
  /** Null if there is no random branch. */
  readonly fineTune: readonly number[] | null
}

/** The judgement of a trained model, folded into a plain network, on the test data. */
export interface FinalEvaluation {
  /**
   * The score on the test data: the accuracy, from 0 to 1; of sets of labels macro F1, from 0 to 1; of numbers R², at most 1
   * and below 0 where the mean of the labelled examples is nearer.
   */
  readonly accuracy: number
  readonly gates: readonly GateReading[]
  /**
   * The number of parameters of the folded network; of a model that cannot be folded, of the parameters that it learnt.
   */
  readonly parameters: number
  readonly bytes: number
  /** The largest difference between the logits of the trained and of the folded model on the first 64 test examples. */
  readonly foldError: number
  /** The number of times that the test set was opened: 1. */
  readonly testOpened: number
}
