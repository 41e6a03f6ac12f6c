import type { BlockEvidence } from './block-evidence.ts'
import type { Hypothesis } from './hypothesis.ts'
import type { Judge } from './options.ts'

/** A hypothesis and what the labelled examples say of it. */
export interface HypothesisEvidence {
  readonly hypothesis: Hypothesis
  /** Its weight; all weights sum to 1. */
  readonly weight: number
  /** What it is weighed by, in nats, the higher the better: in all for leave-one-out, per class column for the marginal likelihood. */
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

/** What the evidence cost. */
export interface EvidenceCost {
  /** The number of examples used; a kernel has its square of entries. */
  readonly examples: number
  /** The number of kernels, heads' included. */
  readonly kernels: number
  /** Passes of all examples through one block, forward, at most: blocks that hypotheses share run once. */
  readonly forwardPasses: number
  /** Passes of all examples through one block, backward. */
  readonly backwardPasses: number
}

/** What a few labelled examples say about the parts of a source that transfer, before anything is trained. */
export interface Evidence {
  readonly judge: Judge
  /** What it says of each hypothesis: `frozen` first, then by depth. */
  readonly hypotheses: readonly HypothesisEvidence[]
  /** What follows for each block of the source, input side first. */
  readonly blocks: readonly BlockEvidence[]
  /** By how many nats the best hypothesis beats the usual recipe; 0 where that is the best. */
  readonly advantage: number
  /** True where `advantage` is above 0 and reaches the margin, so that the gates depart from the recipe. */
  readonly decisive: boolean
  readonly cost: EvidenceCost
}
