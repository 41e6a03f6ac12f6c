import type { OpenBlock, SourceNetwork } from '@ptu/networks'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import { blockEvidence, recipeGates } from './block-evidence.ts'
import { hypothesesOf, isUsual, type Hypothesis } from './hypothesis.ts'
import { judge, type Judgement } from './judgement.ts'
import { columnsOf, type LabelColumns } from './label-columns.ts'
import { networkKernels, type KernelsOf, type NetworkKernels } from './network-kernels.ts'
import { startUnder } from './networks.ts'
import type { FilledOptions, LabelledExamples } from './options.ts'
import type { Evidence, HypothesisEvidence } from './result.ts'
import { scoresOf, weightsOf } from './scores.ts'

/** All that is drawn at random. */
export interface EvidenceDraws {
  /** Random starts of the blocks that may learn. */
  readonly random: readonly ParamTree[]
  /** Dirichlet weights of the examples. */
  readonly weights: readonly Float64Array[]
  /** Tangent kernels of blocks on examples. */
  readonly kernelsOf: KernelsOf
}

/** The evidence on encoded examples: `x` is the input of block `from`. Borrows all. */
export const evidenceWith = async (
  { blocks }: SourceNetwork<OpenBlock>,
  { x, ...labelled }: LabelledExamples,
  options: FilledOptions,
  draws: EvidenceDraws,
): Promise<Omit<Evidence, 'cost'>> => {
  const moving = blocks.slice(options.from)
  const hypotheses = hypothesesOf(blocks.length, options.from, options.depths)
  const judgements = judged(
    await kernelsUnder(hypotheses.slice(1), moving, options.from, x, draws),
    columnsOf(labelled),
  )
  const scores = scoresOf(hypotheses, judgements, options.judge, blocks.length)
  const weights = weightsOf(hypotheses, judgements, options.judge, blocks.length, draws.weights)
  const usual = scores[hypotheses.findIndex((hypothesis) => isUsual(hypothesis, blocks.length))] ?? 0
  const advantage = Math.max(...scores) - usual
  const names = blocks.map(({ name }) => name)
  const found = blockEvidence(names, options.from, hypotheses, weights, options.undecided)
  const follows = advantage < options.margin
  return {
    judge: options.judge,
    hypotheses: hypotheses.map((hypothesis, o) => ({
      ...told(hypothesis, judgements[o] as Judgement),
      weight: weights[o] ?? 0,
      score: scores[o] ?? 0,
    })),
    blocks: found.map((block, l) => (follows && l >= options.from ? { ...block, ...recipeGates } : block)),
    advantage,
    decisive: advantage > 0 && !follows,
  }
}

const told = (
  hypothesis: Hypothesis,
  { losses, loss, logLikelihood }: Judgement,
): Omit<HypothesisEvidence, 'weight' | 'score'> => {
  const count = losses.length
  const variance = losses.reduce((sum, x) => sum + (x - loss) ** 2, 0) / (count - 1)
  return { hypothesis, loss, standardError: Math.sqrt(variance / count), losses: [...losses], logLikelihood }
}

/** The matrices of the network of every hypothesis but `frozen`. */
const kernelsUnder = async (
  hypotheses: readonly Hypothesis[],
  moving: readonly OpenBlock[],
  from: number,
  x: Tensor,
  { random, kernelsOf }: EvidenceDraws,
): Promise<readonly NetworkKernels[]> => {
  const networks = await Promise.all(
    hypotheses.map((hypothesis) =>
      startUnder(hypothesis, hypothesis.kind === 'frozen' ? 0 : hypothesis.depth - from, moving, random, x),
    ),
  )
  const kernels = await networkKernels(
    networks.map(({ blocks }) => blocks),
    x,
    kernelsOf,
  )
  disposeParams(networks.map(({ owned }) => owned))
  return kernels
}

/** The judgement of every hypothesis: `frozen` on the features of the last network, which is the source. */
const judged = (kernels: readonly NetworkKernels[], columns: LabelColumns): readonly Judgement[] => {
  const source = kernels.at(-1)?.frozen
  const matrices = [...(source ? [source] : []), ...kernels.map(({ adapted }) => adapted)]
  return matrices.map((matrix) => judge(matrix, columns))
}
