import { countOf, take, type Dataset } from '@ptu/data'
import type { Layer } from '@ptu/layers'
import { withHead } from '@ptu/networks'
import { fold, gateValues, PlanError, type TransferModel, type TransferParams } from '@ptu/strategies'
import { bytesOf, cloneParams, countParams, type ParamTree } from '@ptu/tensor'
import { encodeEachBatch, predict, predictDataset, type Predictions } from '@ptu/trainer'

import type { MeasuredValue } from '../measures/measure.ts'
import type { TaskFacts } from '../models/task-facts.ts'
import type { FinalEvaluation } from '../results/evaluation.ts'
import type { FewShotTask } from '../tasks/few-shot-task.ts'
import { factsLearnt, scoreOutputs } from '../tasks/score-outputs.ts'

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

/** The judgement of a model with what it was made from. */
export interface FinallyEvaluated {
  readonly evaluation: FinalEvaluation
  /** The scores beside the first. */
  readonly others: readonly MeasuredValue[]
  /** The scale or the thresholds that it was judged at, from the labelled examples; undefined of classes. */
  readonly facts: TaskFacts | undefined
  /** The test examples, which are open now. */
  readonly examples: Dataset
}

/** Opens the test set and judges a trained model by it, the last step of a run. Borrows all. */
export const evaluateFinally = async (
  { test, normalisation, labelled }: Pick<FewShotTask, 'test' | 'normalisation' | 'labelled'>,
  { model, params }: { readonly model: TransferModel; readonly params: TransferParams },
  { network, params: plain }: PlainModel,
): Promise<FinallyEvaluated> => {
  const outputsFor = (dataset: Dataset): Promise<Predictions> => predictDataset(network, plain, dataset, normalisation)
  const facts = await factsLearnt({ examples: labelled, outputs: () => outputsFor(labelled) })
  const examples = test.open()
  const { score, others } = scoreOutputs({ outputs: await outputsFor(examples), examples }, facts)
  const some = first(examples, 64)
  const [before, after] = [
    await predict(model, params, encodeEachBatch(model, some, normalisation)),
    await predict(network, plain, encodeEachBatch(network, some, normalisation)),
  ]
  const evaluation = {
    accuracy: score,
    gates: (await gateValues(model, params)).map((gate) => ({ fineTune: null, ...gate })),
    parameters: countParams(plain),
    bytes: bytesOf(plain),
    foldError: before.logits.reduce((most, logit, i) => Math.max(most, Math.abs(logit - (after.logits[i] ?? NaN))), 0),
    testOpened: test.opened(),
  }
  return { evaluation, others, facts, examples }
}

const first = (dataset: Dataset, most: number): Dataset =>
  take(
    dataset,
    Array.from({ length: Math.min(most, countOf(dataset)) }, (_, i) => i),
  )
