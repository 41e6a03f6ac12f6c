import type { TrainedModel } from '../src/train/train.ts'
import type { TrainResults } from '../src/train/train-results.ts'

/** A training whose examples have one class each; throws for another one. */
export const ofClasses = (made: TrainedModel): TrainedModel<TrainResults> => {
  const { results } = made
  if (results.schema !== 'ptu-train/1') throw new Error(`expected a training on classes, got ${results.schema}`)
  return { ...made, results }
}
