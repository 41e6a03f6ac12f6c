import { OptionError, type Key } from '@ptu/core'
import type { Tensor } from '@tensorflow/tfjs-core'

import type { Undecided } from './block-evidence.ts'
import type { Depths } from './hypothesis.ts'

/** Labelled examples of the new task. */
export interface LabelledExamples {
  /** Inputs of the source's first block, `[n, ...]`. */
  readonly x: Tensor
  /** The class of each example, from 0; of examples with `targets` the group by which they are chosen. */
  readonly labels: ArrayLike<number>
  /** The number of classes, of labels that may be on, or of numbers: 1. */
  readonly classes: number
  /** The sets of labels or the numbers, where examples do not have one class each. */
  readonly targets?: ExampleTargets | undefined
}

/** The labels of examples that do not have one class each. */
export interface ExampleTargets {
  readonly kind: 'multi-label' | 'regress'
  /** `[n, classes]`: 1 where a label is on and 0 where it is off, or numbers. */
  readonly values: ArrayLike<number>
}

/**
 * The way hypotheses are weighed.
 *
 * - `leave-one-out`: by the Bayesian bootstrap of the leave-one-out losses, which keeps a few examples from passing for certainty.
 * - `leave-one-out-sum`: by the sum of these losses alone. A margin keeps what is uncertain from deciding.
 * - `marginal-likelihood`: by the likelihood of a Gaussian process, with a margin too.
 */
export type Judge = 'leave-one-out' | 'leave-one-out-sum' | 'marginal-likelihood'

/** The way tangent kernels are computed. */
export type KernelMethod = 'directions' | 'exact'

/**
 * The nats by which the best hypothesis must beat the usual recipe before gates act on it: of all examples for
 * `leave-one-out-sum`, per class column for the marginal likelihood.
 *
 * At this margin the labels of the examples, each predicted from the others, are `e⁵ ≈ 148` times as likely as under the recipe.
 */
export const decisiveMargin = 5

/** The options of `evidence`. */
export interface EvidenceOptions {
  /** Draws random starts, projections, directions and the weights of examples. */
  readonly key: Key
  /** The first block that may learn, from 0. Blocks before it are frozen and run once per example. Default 0. */
  readonly from?: number
  /** The most examples that are used, the same number of each class. Default 150. */
  readonly limit?: number
  /**
   * `directions`, the default, takes forward differences along random directions of the parameters and serves any layer.
   * `exact` takes gradients of random projections of the output: for dense layers and convolutions alone, at about 1.7 times
   * the cost.
   */
  readonly kernels?: KernelMethod
  /** The number of random projections of the output for exact kernels. Default 4. */
  readonly projections?: number
  /** The number of random directions of each block's parameters. Default 8. */
  readonly directions?: number
  /** Default `leave-one-out`. */
  readonly judge?: Judge
  /**
   * The nats by which the best hypothesis must beat "everything starts from the source and is trained" before the gates
   * depart from the recipe. They count in all for leave-one-out losses, per class column for the marginal likelihood. Default
   * 0 for `leave-one-out`, else {@link decisiveMargin}.
   */
  readonly margin?: number
  /**
   * The gates of a block whose fine-tune gate the evidence leaves between .05 and .95: those of the `recipe`, `u = .75` and
   * `f = 1`, which is the default, or the `weighted` ones.
   */
  readonly undecided?: Undecided
  /**
   * The depths down to which blocks may be random or mixed: `every`, the default, or the `ends` alone. By `ends` the
   * hypotheses are three: everything frozen, everything from the source, everything random. The mixed ones suppose that the
   * blocks of the source are of unit size: rescale it first, or take the ends.
   */
  readonly depths?: Depths
  /** Is told how many of the tangent kernels are there, those that networks share counted once. */
  readonly onStep?: (done: number, total: number) => void
}

/** The same, with every default filled in. */
export type FilledOptions = Required<EvidenceOptions>

const defaults = {
  from: 0,
  limit: 150,
  kernels: 'directions',
  projections: 4,
  directions: 8,
  judge: 'leave-one-out',
  undecided: 'recipe',
  depths: 'every',
  onStep: () => undefined,
} as const

/** Fills in the defaults. Throws `OptionError` for impossible numbers. */
export const filled = (options: EvidenceOptions, blocks: number): FilledOptions => {
  const { judge = defaults.judge } = options
  const margin = judge === 'leave-one-out' ? 0 : decisiveMargin
  const all = { ...defaults, margin, ...options }
  checkWhole('from', all.from, 0, blocks)
  checkWhole('limit', all.limit, 2, 2000)
  checkWhole('projections', all.projections, 1, 1024)
  checkWhole('directions', all.directions, 1, 1024)
  if (!(all.margin >= 0)) throw new OptionError(`evidence: expected a margin from 0 nats, got ${all.margin}`)
  return all
}

const checkWhole = (name: string, value: number, least: number, most: number): void => {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new OptionError(`evidence: expected ${name} to be a whole number from ${least} to ${most}, got ${value}`)
}
