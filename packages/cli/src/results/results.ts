import type { BodyName, StrategyName } from '@ptu/config'

/** What was asked for, as far as numbers depend on it. */
export interface RunSettings {
  readonly source: string
  readonly target: string
  readonly shots: number
  readonly seeds: readonly number[]
  readonly strategies: readonly StrategyName[]
  readonly body: BodyName
  readonly steps: number
  readonly batch: number
  readonly epochs: number
  readonly seed: number
  readonly rates: readonly number[]
  readonly backend: string
}

/** The network that was transferred. */
export interface SourceSummary {
  /** SHA-256 of the data it was trained on. */
  readonly data: string
  /** On the source's own test data, from 0 to 1. */
  readonly accuracy: number
  readonly blocks: readonly string[]
  readonly parameters: number
  /** Whether its blocks were brought to unit size on the target's training inputs, for every strategy alike. */
  readonly rescaled: boolean
  /** Why not, where they were not. */
  readonly refusal: string | null
  readonly seconds: number
}

/** The task it was transferred to. */
export interface TargetSummary {
  readonly data: string
  readonly classes: readonly string[]
  /** Whether examples are texts with a class for each token; then `shots` are texts and accuracies are per token. */
  readonly tagged: boolean
  readonly testExamples: number
  /** How many classes are to be found: as many as test examples, or tokens of test texts. */
  readonly testLabels: number
}

/** One try of a heuristic's search: trained on 80 % of the labels, judged on the rest. */
export interface Trial {
  /** How many blocks the source's parameters are used for; null where there is no choice. */
  readonly depth: number | null
  readonly rate: number
  /** On the validation part, from 0 to 1. */
  readonly accuracy: number
  /** On the validation part; null for a run that diverged. */
  readonly loss: number | null
  readonly seconds: number
}

/** How far the gates of one unit of a block are open, a number per channel (one where the gate has no channels). */
export interface GateReading {
  readonly block: string
  /** Which unit of the block, from 0. */
  readonly unit: number
  readonly update: readonly number[]
  /** Null where there is no random branch. */
  readonly fineTune: readonly number[] | null
}

/** A strategy's result for one draw of labels: the model that was trained on all of them, folded, on the test data. */
export interface Cell {
  readonly strategy: string
  readonly seed: number
  /** The heuristic that won, for `any`; else the strategy itself. */
  readonly chosen: string
  readonly depth: number | null
  readonly rate: number
  /** On the test data, from 0 to 1. */
  readonly accuracy: number
  /** Training loss, averaged over at most a hundred stretches of equal length. */
  readonly curve: readonly number[]
  readonly gates: readonly GateReading[]
  /** Of the folded network. */
  readonly parameters: number
  readonly bytes: number
  /** Largest difference between a logit of the folded and of the trained model, on test examples. */
  readonly foldError: number
  /** What was tried before; empty where there was nothing to choose, and for `any`, which tries nothing itself. */
  readonly trials: readonly Trial[]
  /** Training, the search for settings included. */
  readonly seconds: number
}

/** A range of plausible values. */
export interface Range {
  readonly low: number
  readonly high: number
}

/** A strategy against the reference, over the same draws of labels. */
export interface Difference {
  readonly mean: number
  readonly interval: Range
  readonly wins: number
  readonly p: number
}

/** One line of the table. */
export interface Row {
  readonly strategy: string
  readonly mean: number
  readonly interval: Range
  /** Null for the reference itself and where there is none. */
  readonly difference: Difference | null
  readonly parameters: number
  readonly bytes: number
  readonly seconds: number
}

/** The document `results.json`. Every field named `seconds` depends on the machine; nothing else does. */
export interface Results {
  readonly schema: 'ptu-results/1'
  readonly settings: RunSettings
  readonly versions: { readonly ptu: string; readonly tfjs: string; readonly node: string }
  readonly source: SourceSummary
  readonly target: TargetSummary
  readonly cells: readonly Cell[]
  readonly rows: readonly Row[]
  /** The strategy that the others are compared with: the best heuristic by validation. */
  readonly reference: string | null
  readonly verdict: string
  readonly seconds: number
}
