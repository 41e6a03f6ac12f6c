import { countOf, take, type Dataset } from '@ptu/data'
import { fold, gateValues, type TransferModel, type TransferParams } from '@ptu/strategies'
import { withHead } from '@ptu/networks'
import type { Layer } from '@ptu/layers'
import { bytesOf, countParams, disposeParams, type ParamTree } from '@ptu/tensor'
import { encodeEachBatch, evaluate, mean, predict } from '@ptu/trainer'

import type { GateReading } from '../results/results.ts'
import type { Bench } from './bench.ts'

/** A trained model folded into a plain network, and how that does on the test data. */
export interface Tested {
  /** On the test data, from 0 to 1. */
  readonly accuracy: number
  readonly gates: readonly GateReading[]
  /** Of the folded network. */
  readonly parameters: number
  readonly bytes: number
  /** The largest difference between the logits of the trained and of the folded model on some test examples. */
  readonly foldError: number
}

/** A plain network with its parameters; the caller owns them. */
export interface Plain {
  readonly network: Layer
  readonly params: ParamTree
}

/** Folds a trained model. Borrows its parameters. */
export const folded = (model: TransferModel, params: TransferParams): Plain => {
  const { body, head, params: plain } = fold(model, params)
  return { network: withHead(body, head), params: plain }
}

/** Tests a folded model; the test data are touched here and nowhere else. Borrows all. */
export const tested = async (
  { test, normalisation }: Bench,
  model: TransferModel,
  params: TransferParams,
  { network, params: plain }: Plain,
): Promise<Tested> => {
  const { accuracy } = await evaluate(network, plain, test, normalisation)
  const some = few(test)
  const [before, after] = [
    await predict(model, params, encodeEachBatch(model, some, normalisation)),
    await predict(network, plain, encodeEachBatch(network, some, normalisation)),
  ]
  return {
    accuracy,
    gates: (await gateValues(model, params)).map((gate) => ({ fineTune: null, ...gate })),
    parameters: countParams(plain),
    bytes: bytesOf(plain),
    foldError: before.logits.reduce((most, logit, i) => Math.max(most, Math.abs(logit - (after.logits[i] ?? NaN))), 0),
  }
}

/** The first 64 examples. */
const few = (dataset: Dataset): Dataset =>
  take(
    dataset,
    Array.from({ length: Math.min(64, countOf(dataset)) }, (_, i) => i),
  )

/** A list as the means over at most `count` stretches of equal length; the last may be shorter. */
export const stretches = (values: readonly number[], count: number): readonly number[] => {
  const length = Math.max(1, Math.ceil(values.length / count))
  return Array.from({ length: Math.ceil(values.length / length) }, (_, i) =>
    mean(values.slice(i * length, (i + 1) * length)),
  )
}

/** Frees a plain network's parameters. */
export const disposePlain = ({ params }: Plain): void => {
  disposeParams(params)
}
