import type { SourceSummary, Versions } from '../results/results.ts'
import type { BlockState, Outcome } from './words.ts'

/** A hypothesis about what transfers, and what the labelled examples say of it. */
export interface HypothesisReading {
  /** The hypothesis in words. */
  readonly name: string
  readonly weight: number
  /** Mean leave-one-out cross-entropy in nats per example. */
  readonly loss: number
  readonly standardError: number
  /** Nats per class column, up to a constant that all hypotheses share. */
  readonly score: number
}

/** A method that may be taken. */
export interface AdviceOption {
  /** A name for `compare --strategies`. */
  readonly method: string
  /** The expected loss before training, in nats per example: that of the hypothesis that it acts on. */
  readonly loss: number
  readonly standardError: number
  /** Nats per class column over `fine-tune-all`. */
  readonly advantage: number
  /** The numbers that it trains. */
  readonly trainable: number
  /** The median of a few training steps that were thrown away. */
  readonly seconds: number
}

/** The document of `ptu advise --json`. Fields named `seconds` depend on the machine. */
export interface Advice {
  readonly schema: 'ptu-advice/1'
  readonly versions: Versions
  readonly backend: string
  readonly source: SourceSummary
  readonly data: {
    readonly target: string
    /** Labelled examples of each class that were drawn; null where all were taken. */
    readonly shots: number | null
    readonly seed: number
    readonly classes: readonly string[]
    /** The labelled examples that there were to look at. */
    readonly labelled: number
    /** Those that the evidence is of. */
    readonly used: number
    /** Those among them that the source was trained on, as far as that is known. */
    readonly known: number
  }
  readonly judge: string
  /** The nats, of all examples that were looked at, that it takes to depart from the usual recipe. */
  readonly margin: number
  readonly outcome: Outcome
  /** Nats per class column of the best hypothesis over training everything from the source. */
  readonly advantage: number
  /** The blocks of the source, input side first. */
  readonly blocks: readonly {
    readonly block: string
    readonly state: BlockState
    readonly update: number
    readonly fineTune: number
  }[]
  /** The advice on the blocks, in words. */
  readonly advice: string
  /** Why, in words. */
  readonly reason: string
  /** The method to take. */
  readonly method: string
  readonly hypotheses: readonly HypothesisReading[]
  readonly options: readonly AdviceOption[]
  /** The size of the folded network, the same for every option. */
  readonly parameters: number
  readonly bytes: number
  readonly seconds: number
}
