import type { SourceSummary, Versions } from '../results/results.ts'
import type { EvidenceReading } from './reading.ts'

/** A method that may be taken. */
export interface AdviceOption {
  /** A name for `compare --strategies`. */
  readonly method: string
  /** The expected loss before training, in nats per example: that of the hypothesis that it acts on. */
  readonly loss: number
  readonly standardError: number
  /** Nats of all examples over `fine-tune-all`. */
  readonly advantage: number
  /** The numbers that it trains. */
  readonly trainable: number
  /** The median of a few training steps that were thrown away. */
  readonly seconds: number
}

/** The document of `ptu advise --json`. Fields named `seconds` depend on the machine. */
export interface Advice extends Omit<EvidenceReading, 'examples'> {
  readonly schema: 'ptu-advice/1'
  readonly versions: Versions
  readonly backend: string
  readonly source: SourceSummary
  readonly data: {
    readonly target: string
    /** The kind of task, as results name it. */
    readonly kind: string
    /** Labelled examples of each class or label, or of each tenth of numbers, that were drawn; null where all were taken. */
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
  readonly options: readonly AdviceOption[]
  /** The size of the folded network, the same for every option. */
  readonly parameters: number
  readonly bytes: number
  readonly seconds: number
}
