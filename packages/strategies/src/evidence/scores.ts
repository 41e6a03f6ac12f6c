import { randomBlocks, type Hypothesis } from './hypothesis.ts'
import type { Judgement } from './judgement.ts'
import type { Judge } from './options.ts'
import { bootstrapWeights, softmax } from './weights.ts'

/** The log prior of each hypothesis, up to a constant: one nat against each block that starts at random. */
const priorsOf = (hypotheses: readonly Hypothesis[], blocks: number): readonly number[] =>
  hypotheses.map((hypothesis) => -randomBlocks(hypothesis, blocks))

/**
 * The score of each hypothesis in nats, the higher the better: minus the sum of the leave-one-out losses, or the log marginal
 * likelihood per class column; both plus the log prior.
 */
export const scoresOf = (
  hypotheses: readonly Hypothesis[],
  judgements: readonly Judgement[],
  judge: Judge,
  blocks: number,
): readonly number[] => {
  const priors = priorsOf(hypotheses, blocks)
  return judgements.map(
    ({ loss, losses, logLikelihood }, o) =>
      (judge === 'marginal-likelihood' ? logLikelihood : -loss * losses.length) + (priors[o] ?? 0),
  )
}

/** The weight of each hypothesis: by the Bayesian bootstrap of its losses, or in proportion to the exponent of its score. */
export const weightsOf = (
  hypotheses: readonly Hypothesis[],
  judgements: readonly Judgement[],
  judge: Judge,
  blocks: number,
  draws: readonly Float64Array[],
): readonly number[] =>
  judge === 'leave-one-out'
    ? bootstrapWeights(
        judgements.map(({ losses }) => losses),
        priorsOf(hypotheses, blocks),
        draws,
      )
    : softmax(scoresOf(hypotheses, judgements, judge, blocks))
