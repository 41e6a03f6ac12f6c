import type { Hyperparameters } from '../methods/method.ts'
import type { AugmentationName } from './augmentation.ts'
import { probeName } from './candidate.ts'

/** A way to train that needs no search. */
export interface TrainRecipe {
  /** The name of a method. */
  readonly method: string
  readonly held: Hyperparameters
  /** The reason for it, with its source. */
  readonly evidence: string
}

/** The recipes that fit a number of labels per class. */
export interface LabelRegime {
  /** The largest median of labels per class that it is for. */
  readonly atMost: number
  /** The recipe that is shipped, or the recipes among which cross-validation chooses, from the cheapest to the dearest. */
  readonly recipes: readonly TrainRecipe[]
  /** The changes of pictures that training sees unless others are asked for. */
  readonly augment: readonly AugmentationName[]
}

/** The ways to train that fit a source network. */
export interface TrainRecipes {
  /** By the median of labels per class, few first. */
  readonly regimes: readonly LabelRegime[]
  /** The recipes that every training is compared with, beside the linear probe. */
  readonly companions: readonly TrainRecipe[]
}

const rate = 3e-4

const ptuLast: TrainRecipe = {
  method: 'ptu',
  held: { depth: null, rate },
  evidence:
    'a pretrained MobileNetV2 with 5 and 20 labels per class, 16 cells: 4.6 points above a linear probe, level with ' +
    'fine-tuning the same blocks, with a lower log-loss; a search was no better',
}

const fineTuneLast: TrainRecipe = {
  method: 'fine-tune',
  held: { depth: null, rate },
  evidence: 'the same study: level with the unit in accuracy at a lower cost',
}

/**
 * The recipes of pretrained networks: with few labels a fixed recipe is as good as a search, from about 50 per class a
 * search pays.
 *
 * None changes pictures: the recipes were found without, and only who knows the classes knows whether a mirrored picture
 * is still one of its class.
 */
export const pretrainedRecipes: TrainRecipes = {
  regimes: [
    { atMost: 49, recipes: [ptuLast], augment: [] },
    {
      atMost: Infinity,
      recipes: [fineTuneLast, { ...fineTuneLast, held: { depth: null, rate: 1e-3 } }, ptuLast],
      augment: [],
    },
  ],
  companions: [fineTuneLast],
}

const at = (method: string, own: number, evidence = 'chosen among by cross-validation'): TrainRecipe => ({
  method,
  held: { depth: null, rate: own },
  evidence,
})

const probeRecipe = at(
  probeName,
  1,
  'the tables iris, wine and breast cancer with 5 and 20 labels per class, a draw each: from 0.9 points below to 8.9 above ' +
    'a network from scratch, with a lower log-loss in all six; on texts it was not compared, so look at the network beside it',
)

/** The recipes where there is no source network: few labels do not make a network better than a linear probe. */
export const scratchRecipes: TrainRecipes = {
  regimes: [
    { atMost: 49, recipes: [probeRecipe], augment: [] },
    { atMost: Infinity, recipes: [at('scratch', 1e-3), at('scratch', 4e-3)], augment: [] },
  ],
  companions: [at('scratch', 4e-3)],
}

const ptuAll = at(
  'ptu',
  4e-3,
  'small networks trained here on images and sentences, few labels: above the best tuned baseline, though it searches ' +
    'nothing; on tables it was not compared, so look at the probe beside it',
)

/** The recipes of small source networks that are trained here on rows with the same columns. */
export const transferRecipes: TrainRecipes = {
  regimes: [
    { atMost: 49, recipes: [ptuAll], augment: [] },
    {
      atMost: Infinity,
      recipes: [at('fine-tune', 1e-3), at('fine-tune', 4e-3), ptuAll, at('scratch', 4e-3)],
      augment: [],
    },
  ],
  companions: [at('fine-tune', 4e-3), at('scratch', 4e-3)],
}

/** The recipes of pretrained encoders of texts: none was compared in a study here, so every training compares them on its own data. */
export const encoderRecipes: TrainRecipes = {
  regimes: [
    {
      atMost: Infinity,
      recipes: [at(probeName, 1), at('fine-tune', 1e-4), at('ptu', 1e-4)],
      augment: [],
    },
  ],
  companions: [at('fine-tune', 1e-4)],
}

/** The regime of a median of labels per class. */
export const regimeFor = ({ regimes }: TrainRecipes, labels: number): LabelRegime =>
  regimes.find(({ atMost }) => labels <= atMost) ?? (regimes.at(-1) as LabelRegime)
