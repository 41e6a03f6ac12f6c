import { foldIn } from '@ptu/core'
import { infer } from '@ptu/layers'
import type { OpenBlock, SourceNetwork } from '@ptu/networks'
import { disposeParams, normal, scope } from '@ptu/tensor'
import { gather, type Tensor } from '@tensorflow/tfjs-core'

import { PlanError } from '../strategy.ts'
import { directionKernels } from './direction-kernels.ts'
import { exactKernels, featuresOf, hasExactKernel, type PlacedBlock } from './exact-kernels.ts'
import { chosenExamples, targetsAt } from './examples.ts'
import { hypothesesOf } from './hypothesis.ts'
import type { KernelsOf } from './network-kernels.ts'
import { randomStarts } from './networks.ts'
import { filled, type EvidenceOptions, type FilledOptions, type LabelledExamples } from './options.ts'
import type { Evidence, EvidenceCost } from './result.ts'
import { evidenceWith } from './weigh.ts'
import { dirichletDraws } from './weights.ts'

/**
 * Weighs, before any training, which parts of a source transfer to a new task: each block frozen, fine-tuned or random.
 *
 * A network that is trained a little is close to linear in its parameters. So each hypothesis about what transfers is a
 * kernel: the inner products of features, `K_0`, plus those of the gradients by the parameters of each block that may
 * move, `K_l`, each scaled to unit mean diagonal; `K = 1 + K_0` where all blocks are frozen, else
 * `K = 1 + K_0 + Σ_l K_l`. Kernel ridge regression predicts every example from the others and gives its loss under
 * every hypothesis in closed form. The losses give the weights by the Bayesian bootstrap, with one nat against each
 * block that starts at random. The marginal likelihood of a Gaussian process on the same kernels is the other judge.
 *
 * Source and examples are borrowed and no tensor is left behind. Rescale the source first where that is possible.
 * Rejects with `ShapeError` or `OptionError` for impossible examples or options, and with `PlanError` for exact kernels
 * of layers that have none.
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
  const exact = isExact(moving, full)
  const { classes } = labelled
  const labels = chosen.map((i) => labelled.labels[i] as number)
  const targets = targetsAt(labelled, chosen)
  const x = encoded(source.blocks.slice(0, full.from), labelled.x, chosen)
  const random = randomStarts(moving, foldIn(full.key, 0), x.shape.slice(1))
  const projections = exact ? projectionsFor(moving, x, full) : []
  const kernelsOf: KernelsOf = (networks, examples) =>
    exact
      ? networks.map((blocks, i) => {
          const kernels = exactKernels(blocks, examples, projections)
          full.onStep((i + 1) * blocks.length, networks.length * blocks.length)
          return kernels
        })
      : directionKernels(networks, examples, { ...full, key: foldIn(full.key, 2) })
  const weights = dirichletDraws(foldIn(full.key, 3), 400, labels.length)
  try {
    const draws = { random, weights, kernelsOf }
    const told = await evidenceWith(source, { x, labels, classes, targets }, full, draws)
    return { ...told, cost: costOf(source.blocks.length, full, labels.length) }
  } finally {
    disposeParams([x, random, projections])
  }
}

const encoded = (frozen: readonly OpenBlock[], x: Tensor, chosen: readonly number[]): Tensor =>
  scope(() => frozen.reduce((h, { layer, params }) => layer.apply(params, h, infer), gather(x, Array.from(chosen), 0)))

const isExact = (moving: readonly OpenBlock[], { kernels }: FilledOptions): boolean => {
  if (kernels === 'directions') return false
  const without = moving.find((block) => !hasExactKernel(block))
  if (without !== undefined)
    throw new PlanError(
      `evidence: expected dense layers and convolutions for exact kernels, got block ${without.name}; use kernels: 'directions'`,
    )
  return true
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

const costOf = (blocks: number, options: FilledOptions, examples: number): EvidenceCost => {
  const moving = blocks - options.from
  const networks = hypothesesOf(blocks, options.from, options.depths).length - 1
  const isExactly = options.kernels === 'exact'
  const passes = isExactly ? options.projections * moving : (options.directions * moving * (moving + 1)) / 2
  return {
    examples,
    kernels: networks * (moving + 1),
    forwardPasses: options.from + networks * (passes + 2 * moving),
    backwardPasses: isExactly ? networks * passes : 0,
  }
}
