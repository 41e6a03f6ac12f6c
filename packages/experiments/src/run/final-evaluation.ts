import { countOf, take, type Dataset, type Normalisation } from '@ptu/data'
import type { Layer } from '@ptu/layers'
import { withHead } from '@ptu/networks'
import { fold, gateValues, PlanError, type TransferModel, type TransferParams } from '@ptu/strategies'
import { bytesOf, cloneParams, countParams, type ParamTree } from '@ptu/tensor'
import { encodeEachBatch, evaluate, predict } from '@ptu/trainer'

import type { GateReading } from '../results/results.ts'
import type { TestSet } from '../tasks/test-set.ts'

/** The judgement of a trained model, folded into a plain network, on the test data. */
export interface FinalEvaluation {
  /** On the test data, from 0 to 1. */
  readonly accuracy: number
  readonly gates: readonly GateReading[]
  /**
   * The number of parameters of the folded network; of a model that cannot be folded, of the parameters that it learnt.
   */
  readonly parameters: number
  readonly bytes: number
  /** The largest difference between the logits of the trained and of the folded model on the first 64 test examples. */
  readonly foldError: number
  /** The number of times that the test set was opened: 1. */
  readonly testOpened: number
}

/** A plain network with its parameters; the caller owns them. */
export interface PlainModel {
  readonly network: Layer
  readonly params: ParamTree
}

/**
 * The model that is tested: a trained model folded into a plain network, or as it is if it cannot be folded.
 *
 * Borrows the parameters.
 */
export const testedModel = (model: TransferModel, params: TransferParams): PlainModel => {
  try {
    return plainModel(model, params)
  } catch (cause) {
    if (!(cause instanceof PlanError)) throw cause
    return { network: model, params: cloneParams(params) }
  }
}

/** Folds a trained model into a plain network. Throws `PlanError` if it cannot be folded. Borrows its parameters. */
export const plainModel = (model: TransferModel, params: TransferParams): PlainModel => {
  const { body, head, params: plain } = fold(model, params)
  return { network: withHead(body, head), params: plain }
}

/** Opens the test set and judges a trained model by it, the last step of a run; returns the opened examples too. Borrows all. */
export const evaluateFinally = async (
  { test, normalisation }: { readonly test: TestSet; readonly normalisation: Normalisation },
  { model, params }: { readonly model: TransferModel; readonly params: TransferParams },
  { network, params: plain }: PlainModel,
): Promise<{ readonly evaluation: FinalEvaluation; readonly examples: Dataset }> => {
  const examples = test.open()
  const { accuracy } = await evaluate(network, plain, examples, normalisation)
  const some = first(examples, 64)
  const [before, after] = [
    await predict(model, params, encodeEachBatch(model, some, normalisation)),
    await predict(network, plain, encodeEachBatch(network, some, normalisation)),
  ]
  const evaluation = {
    accuracy,
    gates: (await gateValues(model, params)).map((gate) => ({ fineTune: null, ...gate })),
    parameters: countParams(plain),
    bytes: bytesOf(plain),
    foldError: before.logits.reduce((most, logit, i) => Math.max(most, Math.abs(logit - (after.logits[i] ?? NaN))), 0),
    testOpened: test.opened(),
  }
  return { evaluation, examples }
}

const first = (dataset: Dataset, most: number): Dataset =>
  take(
    dataset,
    Array.from({ length: Math.min(most, countOf(dataset)) }, (_, i) => i),
  )
