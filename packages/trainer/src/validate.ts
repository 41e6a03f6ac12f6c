import { cloneParams, disposeParams } from '@ptu/tensor'

import type { BatchSource } from './encodings.ts'
import { evaluateSource } from './evaluate.ts'
import { modelOf, type Run, type Validated } from './run.ts'
import type { Objective } from './step.ts'

/** The options of validation on examples that a run does not train on. */
export interface ValidationOptions {
  readonly data: BatchSource
  /** The number of steps from one validation to the next. */
  readonly every: number
  /**
   * Ends the run after this many validations in a row without a lower loss, and makes the parameters of the lowest loss
   * the model. Unless given, validation changes nothing.
   */
  readonly patience?: number
}

/** Validates the model as it is now: the averaged parameters if there are any. Consumes the run. */
export const validated = async (
  { model, loss }: Objective,
  { data, patience }: ValidationOptions,
  run: Run,
): Promise<Run> => {
  const found = await evaluateSource(model, modelOf(run.state), data, { loss })
  const entry: Validated = { step: run.state.step, loss: found.loss, accuracy: found.accuracy }
  const validations = [...run.validations, entry]
  if (patience === undefined || !run.validations.every((before) => found.loss < before.loss))
    return { ...run, validations }
  disposeParams(run.best)
  return { ...run, validations, best: cloneParams(modelOf(run.state)) }
}

/** The validation of the lowest loss, the first of equals. */
export const bestOf = (validations: readonly Validated[]): Validated | undefined =>
  validations.reduce<Validated | undefined>(
    (best, v) => (best === undefined || v.loss < best.loss ? v : best),
    undefined,
  )

/** Tells whether as many validations as the patience allows have passed since the best. */
export const isPatienceOver = (validations: readonly Validated[], patience: number): boolean => {
  const best = bestOf(validations)
  return best !== undefined && validations.length - 1 - validations.indexOf(best) >= patience
}
