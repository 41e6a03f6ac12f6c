import { foldIn } from '@ptu/core'
import { infer } from '@ptu/layers'
import type { OpenBlock, SourceNetwork } from '@ptu/networks'
import { disposeParams, normal, scope, type ParamTree } from '@ptu/tensor'
import { gather, type Tensor } from '@tensorflow/tfjs-core'

import { blockEvidence, recipeGates, type BlockEvidence } from './block-evidence.ts'
import { chosenExamples } from './examples.ts'
import { directionKernels } from './direction-kernels.ts'
import { exactKernels, featuresOf, hasExactKernel, type PlacedBlock } from './exact-kernels.ts'
import { hypothesesOf, isUsual, type Hypothesis } from './hypothesis.ts'
import { judgedKernels, type KernelsOf } from './judged-kernels.ts'
import { randomStarts, startUnder } from './networks.ts'
import { filled, type EvidenceOptions, type FilledOptions, type Judge, type LabelledExamples } from './options.ts'
import type { Judgement } from './judgement.ts'
import { scoresOf, weightsOf } from './scores.ts'
import { dirichletDraws } from './weights.ts'
import { PlanError } from '../strategy.ts'

/** A hypothesis and what the labelled examples say of it. */
export interface HypothesisEvidence {
  readonly hypothesis: Hypothesis
  /** Its weight; all weights sum to 1. */
  readonly weight: number
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
  /** Passes of all examples through one block, forward. */
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

/** All that is drawn at random. */
export interface EvidenceDraws {
  /** Random starts of the blocks that may learn. */
  readonly random: readonly ParamTree[]
  /** Dirichlet weights of the examples. */
  readonly weights: readonly Float64Array[]
  /** Tangent kernels of blocks on examples. */
  readonly kernelsOf: KernelsOf
}

/**
 * Weighs, before any training, what of a source transfers to a new task: block by block frozen, fine-tuned or random.
 *
 * A network that is trained a little is close to linear in its parameters. So each hypothesis about what transfers is a
 * kernel: the inner products of features, `K_0`, plus those of the gradients by the parameters of each block that may move,
 * `K_l`, each scaled to unit mean diagonal; `K = 1 + K_0` where all blocks are frozen, else `K = 1 + K_0 + Σ_l K_l`. Kernel
 * ridge regression gives the loss of every example under every hypothesis in closed form, predicted from the others, and the
 * losses give the weights: by the Bayesian bootstrap, with one nat against each block that starts at random. The marginal
 * likelihood of a Gaussian process on the same kernels is the other judge.
 *
 * Source and examples are borrowed and no tensor is left behind. Rescale the source first where that is possible. Rejects
 * with `ShapeError` or `OptionError` for examples or options that cannot be, with `PlanError` for exact kernels of layers
 * that have none.
 *
 * @example
 * ```ts
 * const source = freeze(mlp([8]), initBody(mlp([8]), key(0), [4]))
 * const x = normal(key(1), [6, 4])
 * const { blocks, hypotheses } = await evidence(source, { x, labels: [0, 1, 0, 1, 0, 1], classes: 2 }, { key: key(2) })
 * expect(blocks.map(({ block }) => block)).toEqual(['dense1'])
 * expect(hypotheses).toHaveLength(4) // frozen, random or mixed above nothing, all from the source
 * ```
 *
 * References:
 *   Jacot, Gabriel & Hongler, "Neural tangent kernel: convergence and generalization in neural networks", NeurIPS 2018, §4, https://arxiv.org/abs/1806.07572
 *   Yao, Vehtari, Simpson & Gelman, "Using stacking to average Bayesian predictive distributions", Bayesian Analysis 13, 2018, §3.4, https://doi.org/10.1214/17-BA1091
 */
export const evidence = async (
  source: SourceNetwork<OpenBlock>,
  labelled: LabelledExamples,
  options: EvidenceOptions,
): Promise<Evidence> => {
  const full = filled(options, source.blocks.length)
  const chosen = chosenExamples(labelled, full.limit)
  const moving = source.blocks.slice(full.from)
  const labels = chosen.map((i) => labelled.labels[i] as number)
  const x = encoded(source.blocks.slice(0, full.from), labelled.x, chosen)
  const random = randomStarts(moving, foldIn(full.key, 0), x.shape.slice(1))
  const projections = isExact(moving, full) ? projectionsFor(moving, x, full) : []
  const kernelsOf: KernelsOf = (blocks, examples) =>
    projections.length > 0
      ? exactKernels(blocks, examples, projections)
      : directionKernels(blocks, examples, full.directions, foldIn(full.key, 2))
  const weights = dirichletDraws(foldIn(full.key, 3), 400, labels.length)
  try {
    const draws = { random, weights, kernelsOf }
    const told = await evidenceWith(source, { x, labels, classes: labelled.classes }, full, draws)
    return { ...told, cost: costOf(source.blocks.length, full, labels.length, projections.length) }
  } finally {
    disposeParams([x, random, projections])
  }
}

/** The evidence on encoded examples: `x` is the input of block `from`. Borrows all. */
export const evidenceWith = async (
  { blocks }: SourceNetwork<OpenBlock>,
  { x, labels, classes }: LabelledExamples,
  options: FilledOptions,
  draws: EvidenceDraws,
): Promise<Omit<Evidence, 'cost'>> => {
  const moving = blocks.slice(options.from)
  const hypotheses = hypothesesOf(blocks.length, options.from)
  const judgements: Judgement[] = []
  for (const hypothesis of hypotheses.slice(1)) {
    const depth = hypothesis.kind === 'frozen' ? 0 : hypothesis.depth - options.from
    const start = await startUnder(hypothesis, depth, moving, draws.random, x)
    const judged = await judgedKernels(start, { x, labels, classes }, draws.kernelsOf)
    disposeParams(start.map(({ params }) => params))
    judgements.push(judged.adapted)
    if (depth === moving.length) judgements.unshift(judged.frozen)
  }
  const scores = scoresOf(hypotheses, judgements, options.judge, blocks.length)
  const weights = weightsOf(hypotheses, judgements, options.judge, blocks.length, draws.weights)
  const usual = scores[hypotheses.findIndex((hypothesis) => isUsual(hypothesis, blocks.length))] ?? 0
  const advantage = Math.max(...scores) - usual
  const names = blocks.map(({ name }) => name)
  const found = blockEvidence(names, options.from, hypotheses, weights, options.undecided)
  const follows = advantage < options.margin
  return {
    judge: options.judge,
    hypotheses: hypotheses.map((hypothesis, o) => told(hypothesis, weights[o] ?? 0, judgements[o] as Judgement)),
    blocks: found.map((block, l) => (follows && l >= options.from ? { ...block, ...recipeGates } : block)),
    advantage,
    decisive: advantage > 0 && !follows,
  }
}

const told = (hypothesis: Hypothesis, weight: number, { losses, loss, logLikelihood }: Judgement): HypothesisEvidence => {
  const count = losses.length
  const variance = losses.reduce((sum, x) => sum + (x - loss) ** 2, 0) / (count - 1)
  return { hypothesis, weight, loss, standardError: Math.sqrt(variance / count), losses: [...losses], logLikelihood }
}

const encoded = (frozen: readonly OpenBlock[], x: Tensor, chosen: readonly number[]): Tensor =>
  scope(() =>
    frozen.reduce((h, { layer, params }) => layer.apply(params, h, infer), gather(x, Array.from(chosen), 0)),
  )

const isExact = (moving: readonly OpenBlock[], { kernels }: FilledOptions): boolean => {
  if (kernels === 'directions') return false
  const without = moving.find((block) => !hasExactKernel(block))
  if (without !== undefined && kernels === 'exact')
    throw new PlanError(
      `evidence: expected dense layers and convolutions for exact kernels, got block ${without.name}; use kernels: 'directions'`,
    )
  return without === undefined
}

/** Random projections of the output, `v ~ N(0, I / width)`. */
const projectionsFor = (moving: readonly PlacedBlock[], x: Tensor, options: FilledOptions): readonly Tensor[] => {
  const features = scope(() => featuresOf(moving, x))
  const [, width = 1] = features.shape
  features.dispose()
  return Array.from({ length: options.projections }, (_, v) =>
    normal(foldIn(foldIn(options.key, 1), v), [width], 1 / Math.sqrt(width)),
  )
}

const costOf = (blocks: number, options: FilledOptions, examples: number, projections: number): EvidenceCost => {
  const moving = blocks - options.from
  const networks = 2 * moving + 1
  const passes = projections > 0 ? projections * moving : (options.directions * moving * (moving + 1)) / 2
  return {
    examples,
    kernels: networks * (moving + 1),
    forwardPasses: options.from + networks * (passes + 2 * moving),
    backwardPasses: projections > 0 ? networks * passes : 0,
  }
}
