import type { BlockEvidence } from './block-evidence.ts'
import type { Hypothesis } from './hypothesis.ts'
import type { Judge } from './options.ts'

/** A hypothesis and the evidence of the labelled examples for it. */
export interface HypothesisEvidence {
  readonly hypothesis: Hypothesis
  /** Its weight; all weights sum to 1. */
  readonly weight: number
  /** The score in nats, the higher the better: in all for leave-one-out losses, per class column for the marginal likelihood. */
  readonly score: number
  /** Mean leave-one-out cross-entropy, in nats per example. */
  readonly loss: number
  /** Standard error of `loss`. */
  readonly standardError: number
  /** Leave-one-out cross-entropy of each example. */
  readonly losses: readonly number[]
  /** Log marginal likelihood per class column, in nats, up to a constant that all hypotheses share. */
  readonly logLikelihood: number
}

/** The cost of the evidence. */
export interface EvidenceCost {
  /** The number of examples used; a kernel has the square of that many entries. */
  readonly examples: number
  /** The number of kernels, heads' included. */
  readonly kernels: number
  /** Forward passes of all examples through one block, at most: blocks that hypotheses share run once. */
  readonly forwardPasses: number
  /** Backward passes of all examples through one block. */
  readonly backwardPasses: number
}

/** The evidence of a few labelled examples, before any training, about the parts of a source that transfer. */
export interface Evidence {
  readonly judge: Judge
  /** The evidence for each hypothesis: `frozen` first, then by depth. */
  readonly hypotheses: readonly HypothesisEvidence[]
  /** The gates that follow for each block of the source, input side first. */
  readonly blocks: readonly BlockEvidence[]
  /** The nats by which the best hypothesis beats the usual recipe; 0 if the recipe is the best. */
  readonly advantage: number
  /** True if `advantage` is above 0 and reaches the margin, so that the gates depart from the recipe. */
  readonly decisive: boolean
  readonly cost: EvidenceCost
}
