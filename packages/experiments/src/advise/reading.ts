import { decisiveMargin, type Evidence, type HypothesisEvidence } from '@ptu/strategies'

import {
  adviceOf,
  hypothesisName,
  methodOf,
  outcomeOf,
  reasonOf,
  stateOf,
  type BlockState,
  type Outcome,
} from './words.ts'

/** A hypothesis about what transfers, and what the labelled examples say of it. */
export interface HypothesisReading {
  /** The hypothesis in words. */
  readonly name: string
  readonly weight: number
  /** Mean leave-one-out cross-entropy in nats per example. */
  readonly loss: number
  readonly standardError: number
  /** Nats of all examples, up to a constant that all hypotheses share: minus their losses, and a nat less for each new block. */
  readonly score: number
  /** The score over that of adapting everything, the usual recipe. */
  readonly advantage: number
}

/** The evidence of labelled examples about a whole source, as advice, trainings and comparisons state it. */
export interface EvidenceReading {
  /** The labelled examples that were looked at. */
  readonly examples: number
  readonly judge: string
  /** The nats, of all examples that were looked at, that it takes to depart from the usual recipe. */
  readonly margin: number
  readonly outcome: Outcome
  /** Nats of the best hypothesis over training everything from the source. */
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
}

/** Reads evidence about the blocks that may learn as one about a whole source, whose first blocks, named `frozen`, do not. */
export const readEvidence = (evidence: Evidence, frozen: readonly string[]): EvidenceReading => {
  const { judge, advantage, hypotheses, cost } = evidence
  const from = frozen.length
  const count = from + evidence.blocks.length
  const blocks = [
    ...frozen.map((block) => ({ block, state: 'as it is' as const, update: 0, fineTune: 1 })),
    ...evidence.blocks.map(({ block, update, fineTune }) => ({
      ...{ block, state: stateOf({ update, fineTune }), update, fineTune },
    })),
  ]
  const usual = usualOf(evidence)?.score ?? 0
  return {
    examples: cost.examples,
    judge,
    margin: decisiveMargin,
    outcome: outcomeOf(evidence, decisiveMargin),
    advantage,
    blocks,
    advice: adviceOf(blocks.map(({ state }) => state)),
    reason: reasonOf(evidence, decisiveMargin, from, count),
    method: methodOf(evidence),
    hypotheses: hypotheses.map(({ hypothesis, weight, loss, standardError, score }) => ({
      name: hypothesisName(hypothesis, from, count),
      ...{ weight, loss, standardError, score, advantage: score - usual },
    })),
  }
}

/** The evidence for the usual recipe: every block starts from the source and is trained. */
export const usualOf = ({ hypotheses, blocks }: Evidence): HypothesisEvidence | undefined =>
  hypotheses.find(({ hypothesis }) => hypothesis.kind === 'adapted' && hypothesis.depth === blocks.length)
