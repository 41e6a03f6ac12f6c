import { foldIn, split, type Key } from '@ptu/core'
import { augmented, countOf, toTensors, type Augmentation, type Dataset, type Normalisation } from '@ptu/data'
import { infer, type Layer, type Mode } from '@ptu/layers'
import { scope, type ParamTree } from '@ptu/tensor'
import { softmax, type Tensor2D } from '@tensorflow/tfjs-core'

import { posteriorOf, type Posterior } from './posterior.ts'
import { checkCount } from './quantile.ts'

/** A classifier with its parameters, and the step before its first layer. */
export interface Classifier {
  /** Gives logits `[batch, classes]`. */
  readonly layer: Layer
  readonly params: ParamTree
  readonly normalisation: Normalisation
}

/** The options of a Monte-Carlo posterior. */
export interface MonteCarloOptions {
  /** The number of passes, each with noise of its own; 20 unless given. */
  readonly draws?: number
  /** The part of training at which noise that is annealed is drawn, from 0 to 1; 0, all of it, unless given. */
  readonly progress?: number
  /** The examples of a batch; 64 unless given. */
  readonly batch?: number
}

/** Probabilities of the classes for each example, `[examples, classes]`; `modeOf` gives the mode of each batch. */
const probabilitiesIn = async (
  { layer, params, normalisation }: Classifier,
  dataset: Dataset,
  batch: number,
  modeOf: (from: number) => Mode,
): Promise<Float32Array> => {
  const count = countOf(dataset)
  const parts: Float32Array[] = []
  for (let from = 0; from < count; from += batch) {
    const places = Int32Array.from({ length: Math.min(batch, count - from) }, (_, i) => from + i)
    const found = scope(() =>
      softmax(layer.apply(params, toTensors(dataset, normalisation, places).x, modeOf(from)) as Tensor2D),
    )
    parts.push((await found.data()) as Float32Array)
    found.dispose()
  }
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/**
 * The posterior of a network from its own noise: several passes in training mode, each with noise from a key of its own.
 *
 * The noise is dropout where the network has it (Monte-Carlo dropout), and that of a unit's gates. A network without
 * noise, such as a folded one without dropout, gives mutual information 0. Borrows the classifier.
 *
 * References:
 *   Gal & Ghahramani, "Dropout as a Bayesian approximation", ICML 2016, §3, https://arxiv.org/abs/1506.02142
 */
export const monteCarlo = async (
  key: Key,
  classifier: Classifier,
  dataset: Dataset,
  { draws = 20, progress = 0, batch = 64 }: MonteCarloOptions = {},
): Promise<Posterior> => {
  checkCount('draws', draws, 1)
  checkCount('batch', batch, 1)
  const samples: Float32Array[] = []
  for (const own of split(key, draws))
    samples.push(
      await probabilitiesIn(classifier, dataset, batch, (from) => ({
        kind: 'train',
        key: foldIn(own, from),
        progress,
      })),
    )
  return posteriorOf(samples, dataset.classes.length)
}

/** The options of test-time augmentation. */
export interface TestTimeOptions {
  readonly augmentation: Augmentation
  /** The number of changed copies of each image; 8 unless given. */
  readonly copies?: number
  /** The examples of a batch; 64 unless given. */
  readonly batch?: number
}

/**
 * Predictions of an image as it is and of changed copies of it, put together. Borrows the classifier.
 *
 * Throws what `augmented` of `@ptu/data` throws.
 *
 * References:
 *   Krizhevsky, Sutskever & Hinton, "ImageNet classification with deep convolutional neural networks", NeurIPS 2012, §4.1
 */
export const testTimeAugmented = async (
  key: Key,
  classifier: Classifier,
  dataset: Dataset,
  { augmentation, copies = 8, batch = 64 }: TestTimeOptions,
): Promise<Posterior> => {
  checkCount('copies', copies, 1)
  checkCount('batch', batch, 1)
  const samples = [await probabilitiesIn(classifier, dataset, batch, () => infer)]
  for (const own of split(key, copies))
    samples.push(await probabilitiesIn(classifier, augmented(own, dataset, augmentation), batch, () => infer))
  return posteriorOf(samples, dataset.classes.length)
}
