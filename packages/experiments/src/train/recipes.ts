import type { Hyperparameters } from '../methods/method.ts'
import type { AugmentationName } from './augmentation.ts'

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
 * The recipes by the median of labels per class: with few labels a fixed recipe is as good as a search, from about 50 per
 * class a search pays.
 *
 * None changes pictures: the recipes were found without, and only who knows the classes knows whether a mirrored picture
 * is still one of its class.
 */
const labelRegimes: readonly LabelRegime[] = [
  { atMost: 49, recipes: [ptuLast], augment: [] },
  {
    atMost: Infinity,
    recipes: [fineTuneLast, { ...fineTuneLast, held: { depth: null, rate: 1e-3 } }, ptuLast],
    augment: [],
  },
]

/** The recipe that every training is compared with beside the linear probe. */
export const companion: TrainRecipe = fineTuneLast

/** The regime of a median of labels per class. */
export const regimeFor = (labels: number): LabelRegime =>
  labelRegimes.find(({ atMost }) => labels <= atMost) ?? (labelRegimes.at(-1) as LabelRegime)
