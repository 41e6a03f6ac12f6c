import { ShapeError } from '@ptu/core'
import type { Dataset, Normalisation } from '@ptu/data'
import { infer, type Layer, type StagedLayer } from '@ptu/layers'
import { disposeParams, scope, type ParamTree } from '@ptu/tensor'

import { chunksOf, encodeEachBatch, type BatchSource } from './encodings.ts'
import { crossEntropy, type Loss } from './losses.ts'
import { accuracy, argmaxRows, confusionMatrix, recall, type Confusion } from './metrics.ts'
import { staged } from './staged.ts'
import { turns } from './turns.ts'

/** How well a classifier does on a data set. */
export interface Evaluation {
  readonly count: number
  readonly loss: number
  /** From 0 to 1. */
  readonly accuracy: number
  readonly confusion: Confusion
  /** Per class; NaN for a class without examples. */
  readonly recall: readonly number[]
  /** The class given to each example. */
  readonly predictions: Int32Array
}

/** How an evaluation runs. */
export interface EvaluateOptions {
  /** 500 unless given. */
  readonly batchSize?: number
  /** {@link crossEntropy} unless given. */
  readonly loss?: Loss
}

/** A classifier's outputs for every example. */
export interface Predictions {
  /** `[count, classes]`, row by row */
  readonly logits: Float32Array
  readonly labels: Int32Array
  readonly classes: number
  /** The mean loss. */
  readonly loss: number
}

/** The outputs of a model for all examples of a source. Borrows all it is given. */
export const predict = async (
  model: Layer | StagedLayer,
  params: ParamTree,
  source: BatchSource,
  { batchSize = 500, loss = crossEntropy }: EvaluateOptions = {},
): Promise<Predictions> => {
  const stages = staged(model)
  const pause = turns()
  const parts: Predictions[] = []
  for (const indices of chunksOf(source.count, batchSize)) {
    const { x, y } = source.batch(indices)
    const outputs = scope(() => {
      const logits = stages.decode(params, x, infer)
      return { logits, value: loss(logits, y) }
    })
    const [logits, targets, [value = NaN]] = await Promise.all([outputs.logits.data(), y.data(), outputs.value.data()])
    const classes = classesOf(outputs.logits.shape)
    disposeParams([x, y, outputs])
    const labels = argmaxRows(targets as Float32Array, classes)
    parts.push({ logits: logits as Float32Array, labels, classes, loss: value })
    await pause()
  }
  return joined(parts)
}

const classesOf = (shape: readonly number[]): number => {
  const [, classes, ...others] = shape
  if (classes === undefined || others.length > 0)
    throw new ShapeError(`evaluate: expected outputs [batch, classes], got [${shape.join(', ')}]`)
  return classes
}

const joined = (parts: readonly Predictions[]): Predictions => {
  const count = parts.reduce((sum, { labels }) => sum + labels.length, 0)
  const classes = parts[0]?.classes ?? 0
  const [logits, labels] = [new Float32Array(count * classes), new Int32Array(count)]
  let [at, loss] = [0, 0]
  for (const part of parts) {
    logits.set(part.logits, at * classes)
    labels.set(part.labels, at)
    at += part.labels.length
    loss += (part.loss * part.labels.length) / count
  }
  return { logits, labels, classes, loss }
}

/** {@link evaluate} for examples that are encoded already. */
export const evaluateSource = async (
  model: Layer | StagedLayer,
  params: ParamTree,
  source: BatchSource,
  options: EvaluateOptions = {},
): Promise<Evaluation> => {
  const { logits, labels, classes, loss } = await predict(model, params, source, options)
  const predictions = argmaxRows(logits, classes)
  const confusion = confusionMatrix(predictions, labels, classes)
  return {
    count: labels.length,
    loss,
    accuracy: accuracy(predictions, labels),
    confusion,
    recall: recall(confusion),
    predictions,
  }
}

/**
 * How well a classifier does on a data set, at inference. Borrows `params`; each batch is encoded anew, nothing is kept.
 *
 * Rejects with `ShapeError` for a model whose outputs are not `[batch, classes]`.
 *
 * @example
 * ```ts
 * const train: Dataset = { shape: [1], features: Float32Array.of(-1, 1), labels: Int32Array.of(0, 1), classes: ['low', 'high'] }
 * const model = dense(2)
 * const { accuracy, recall } = await evaluate(model, model.init(key(0), [1]), train, moments(train))
 * ```
 */
export const evaluate = (
  model: Layer | StagedLayer,
  params: ParamTree,
  dataset: Dataset,
  normalisation: Normalisation,
  options: EvaluateOptions = {},
): Promise<Evaluation> => evaluateSource(model, params, encodeEachBatch(model, dataset, normalisation), options)
