import { ShapeError, turns } from '@ptu/core'
import type { Dataset, Normalisation } from '@ptu/data'
import { infer, type Layer, type StagedLayer } from '@ptu/layers'
import { disposeParams, scope, type ParamTree } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import { chunksOf, encodeEachBatch, type BatchSource } from './encodings.ts'
import { crossEntropy, stepCrossEntropy, type Loss } from './losses.ts'
import { accuracy, argmaxRows, confusionMatrix, recall, type Confusion } from './metrics.ts'
import { staged } from './staged.ts'

/**
 * The quality of a classifier on a data set. If it gives a class to each step of a sequence, every real step counts
 * alike.
 */
export interface Evaluation {
  /** The number of examples, or steps, that have a label. */
  readonly count: number
  readonly loss: number
  /** From 0 to 1. */
  readonly accuracy: number
  readonly confusion: Confusion
  /** Per class; NaN for a class without examples. */
  readonly recall: readonly number[]
  /** The class given to each example, or to each step that has a label. */
  readonly predictions: Int32Array
}

/** The options of {@link evaluate}. */
export interface EvaluateOptions {
  /** 500 unless given. */
  readonly batchSize?: number
  /** {@link crossEntropy}, or {@link stepCrossEntropy} for tagged examples, unless given. */
  readonly loss?: Loss
}

/** A classifier's outputs for every example, or for every step that has a label. */
export interface Predictions {
  /** `[count, classes]`, row by row */
  readonly logits: Float32Array
  readonly labels: Int32Array
  readonly classes: number
  /** The mean loss. */
  readonly loss: number
}

/** The examples at a time that are texts of an encoder: attention takes memory by the square of their length. */
const fewTexts = 32

/** The outputs of a model for all examples of a source. Borrows all it is given. */
export const predict = async (
  model: Layer | StagedLayer,
  params: ParamTree,
  source: BatchSource,
  { batchSize = 500, loss }: EvaluateOptions = {},
): Promise<Predictions> => {
  const stages = staged(model)
  const pause = turns()
  const parts: Predictions[] = []
  for (const indices of chunksOf(source.count, batchSize)) {
    const { x, y } = source.batch(indices)
    const outputs = scope(() => {
      const logits = stages.decode(params, x, infer)
      return { logits, value: (loss ?? lossFor(y))(logits, y) }
    })
    const [logits, targets, [value = NaN]] = await Promise.all([outputs.logits.data(), y.data(), outputs.value.data()])
    const classes = classesOf(outputs.logits.shape)
    const isTagged = outputs.logits.rank === 3
    disposeParams([x, y, outputs])
    const found = { logits: logits as Float32Array, targets: targets as Float32Array }
    const real = isTagged ? withTarget(found, classes) : found
    parts.push({ logits: real.logits, labels: argmaxRows(real.targets, classes), classes, loss: value })
    await pause()
  }
  return joined(parts)
}

/** The loss for targets of this shape: step by step where there are steps. */
const lossFor = (targets: Tensor): Loss => (targets.rank === 3 ? stepCrossEntropy : crossEntropy)

const classesOf = (shape: readonly number[]): number => {
  const classes = shape.at(-1)
  if (classes === undefined || shape.length < 2 || shape.length > 3)
    throw new ShapeError(
      `evaluate: expected outputs [batch, classes] or [batch, steps, classes], got [${shape.join(', ')}]`,
    )
  return classes
}

/** Outputs and targets, row by row. */
interface Rows {
  readonly logits: Float32Array
  readonly targets: Float32Array
}

/** The rows whose target is not all zeros: the others are padding. */
const withTarget = ({ logits, targets }: Rows, classes: number): Rows => {
  const rows = Array.from({ length: targets.length / classes }, (_, row) => row * classes)
  const real = rows.filter((from) => targets.subarray(from, from + classes).some((part) => part > 0))
  const taken = (values: Float32Array): Float32Array => {
    const out = new Float32Array(real.length * classes)
    for (const [i, from] of real.entries()) out.set(values.subarray(from, from + classes), i * classes)
    return out
  }
  return { logits: taken(logits), targets: taken(targets) }
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

/** {@link predict} for a data set; each batch is encoded anew, nothing is kept. Borrows all it is given. */
export const predictDataset = (
  model: Layer | StagedLayer,
  params: ParamTree,
  dataset: Dataset,
  normalisation: Normalisation,
  options: EvaluateOptions = {},
): Promise<Predictions> =>
  predict(model, params, encodeEachBatch(model, dataset, normalisation), { ...batchesFor(dataset), ...options })

/** The examples at a time for a data set. */
const batchesFor = ({ padding }: Dataset): EvaluateOptions => (padding === undefined ? {} : { batchSize: fewTexts })

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
 * Measures a classifier on a data set, at inference. Borrows `params`; each batch is encoded anew, nothing is kept.
 *
 * Rejects with `ShapeError` for a model whose outputs are neither `[batch, classes]` nor `[batch, steps, classes]`, and
 * with what `checkDataset` of `@ptu/data` throws.
 *
 * @example
 * ```ts
 * const train: Dataset = { shape: [1], features: Float32Array.of(-1, 1), labels: Int32Array.of(0, 1), classes: ['low', 'high'] }
 * const model = dense(2)
 * const { accuracy, recall } = await evaluate(model, model.init(key(0), [1]), train, moments(train))
 * ```
 */
export const evaluate = async (
  model: Layer | StagedLayer,
  params: ParamTree,
  dataset: Dataset,
  normalisation: Normalisation,
  options: EvaluateOptions = {},
): Promise<Evaluation> =>
  evaluateSource(model, params, encodeEachBatch(model, dataset, normalisation), {
    ...batchesFor(dataset),
    ...options,
  })
