import type { Dataset } from '@ptu/data'
import { disposeParams } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { decodeModel } from '../models/model-file.ts'
import { predictExamples } from '../predict/predict-examples.ts'
import type { OnStep } from '../progress.ts'
import { shared } from '../tasks/shared-memory.ts'

/** Models and the examples that they are to predict. */
export interface PredictRequest {
  /** The bytes of one or more models of the same classes: their probabilities are averaged. */
  readonly models: readonly Uint8Array[]
  readonly examples: Dataset
}

/** The mean of the models' probabilities, `[examples, classes]`. */
export const predictWith = (
  { models, examples }: PredictRequest,
  onStep: OnStep,
): TE.TaskEither<ExperimentError, Float32Array> =>
  pipe(
    models,
    TE.traverseSeqArray((bytes) =>
      pipe(
        decodeModel(Uint8Array.from(bytes)),
        TE.flatMapTask((model) => async () => {
          const found = await predictExamples(model, examples, { onStep })
          disposeParams(model.params)
          return found
        }),
      ),
    ),
    TE.map((found) => {
      const [first = new Float32Array(0), ...others] = found
      return shared(first.map((p, i) => others.reduce((sum, other) => sum + (other[i] ?? 0), p) / found.length))
    }),
  )
