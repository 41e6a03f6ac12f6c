import {
  encoderRecipes,
  scratchRecipes,
  transferRecipes,
  pretrainedRecipes,
  type TrainRecipes,
} from '../train/recipes.ts'
import type { TaskKind } from './task-kind.ts'

/** The training settings that fit a source network; a spec may override them. */
export interface Regime {
  /** True if the source's blocks are brought to unit size on the labelled inputs, if that is possible. */
  readonly rescales: boolean
  /** Tells that a new head starts at zero. */
  readonly zeroHead: boolean
  /** The learning rate of methods that search nothing. */
  readonly rate: number
  /** The learning rates that tuned baselines choose from. */
  readonly rates: readonly number[]
  /** Examples per step. */
  readonly batch: number
  /** The training steps for a number of labels per class. */
  steps(shots: number): number
  /** The numbers that a linear probe reads: normalised inputs, or the outputs of the network. */
  readonly probe: 'inputs' | 'features'
  /** The ways to train on a user's own data. */
  readonly recipes: TrainRecipes
}

/** The regime of small source networks that are trained here. */
export const trainedHere = (kind: TaskKind): Regime => ({
  rescales: true,
  zeroHead: false,
  rate: 4e-3,
  rates: [1e-3, 4e-3],
  batch: 32,
  steps: (shots) => kind.steps(shots),
  probe: 'inputs',
  recipes: transferRecipes,
})

/** The regime where there is nothing to transfer from: the network starts at random. */
export const fromScratch = (kind: TaskKind): Regime => ({
  ...trainedHere(kind),
  rescales: false,
  recipes: scratchRecipes,
})

/**
 * The regime of pretrained networks that are opened from files: low rates, a head that starts at zero, few steps.
 *
 * It was found on a MobileNetV2 with 5 and 20 labels per class; the steps beyond 20 labels are an extrapolation.
 */
export const pretrained: Regime = {
  rescales: false,
  zeroHead: true,
  rate: 3e-4,
  rates: [3e-4, 1e-3],
  batch: 16,
  steps: (shots) => {
    if (shots <= 10) return 80
    return shots <= 20 ? 120 : Math.min(600, 120 + 3 * (shots - 20))
  },
  probe: 'features',
  recipes: pretrainedRecipes,
}

/**
 * The regime of pretrained encoders of texts.
 *
 * The rates lie between those at which BERT was fine-tuned as a whole (2e-5 to 5e-5) and those of networks of images; no study
 * of this project chose them.
 *
 * References:
 *   Devlin, Chang, Lee & Toutanova, "BERT", NAACL 2019, §A.3, https://arxiv.org/abs/1810.04805
 */
export const pretrainedOnTexts: Regime = {
  ...pretrained,
  rate: 1e-4,
  rates: [3e-5, 1e-4, 3e-4],
  recipes: encoderRecipes,
}
