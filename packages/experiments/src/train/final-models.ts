import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { TaskFacts } from '../models/task-facts.ts'
import type { Comparison } from '../run/comparison.ts'
import { showing } from '../run/showing.ts'
import type { Worker } from '../run/worker.ts'
import { balancedPlaces } from './balanced-places.ts'
import { probeName, type Candidate } from './candidate.ts'
import type { TrainContext } from './train.ts'
import type { TrainSpec } from './train-spec.ts'

/** The model of the shipped method and, where both are shipped, that of the linear probe. */
export const modelsOf = (
  { spec, tools, workers, comparison, source, probe: { probe } }: TrainContext,
  { method, held }: Candidate,
  task?: TaskFacts,
): TaskEither<ExperimentError, readonly Uint8Array[]> => {
  const worker = workers[0] as Worker
  const [weights, bias] = [Float32Array.from(probe.weights), Float32Array.from(probe.bias)]
  const linear = worker.linear(
    { comparison, weights, bias, reads: source.regime.probe, seed: spec.seed, ...(task && { task }) },
    () => undefined,
  )
  if (method === probeName)
    return pipe(
      linear,
      TE.map((model) => [model]),
    )
  const fitted = showing(tools.progress, 'training', (tell) =>
    worker.fit(
      {
        ...{ name: 'final', comparison, method, held, seed: spec.seed },
        ...{ train: finalPlaces(spec, comparison), predict: null, keeps: true, ...(task && { task }) },
      },
      tell,
    ),
  )
  return pipe(
    fitted,
    TE.map(({ model }) => [model ?? new Uint8Array(0)]),
    TE.flatMap((models) =>
      spec.ensemble
        ? pipe(
            linear,
            TE.map((second) => [...models, second]),
          )
        : TE.right(models),
    ),
  )
}

/** The places of the final training: all, or draws of all in which every class comes equally often. */
const finalPlaces = ({ balance, seed }: TrainSpec, { target: { train } }: Comparison): Int32Array | null =>
  balance === true
    ? balancedPlaces(Array.from(train.labels.keys()), {
        ...{ labels: train.labels, classes: train.classes.length, seed },
        turn: 0xffff,
      })
    : null
