import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { estimateText, paceMeter } from './time-estimate.ts'
import type { TrainContext } from './train.ts'

/** Is told how far a cross-validation is. */
export interface Counted {
  readonly onSteps: (count: number) => void
  /** Is told how many trainings there will be from now on. */
  readonly onPlan: (trainings: number) => void
}

/** Shows the progress of a cross-validation and, after its first steps, says how long all of it takes. */
export const showingFolds = <A>(
  { spec, tools, workers, folds, comparison: { steps }, began }: TrainContext,
  candidates: number,
  work: (counted: Counted) => TaskEither<ExperimentError, A>,
): TaskEither<ExperimentError, A> => {
  const title = 'cross-validation'
  let [done, total] = [0, candidates * folds.length * steps]
  const meter = paceMeter({ total, steps, workers: workers.length }, tools.now)
  return TE.bracket(
    TE.fromIO(() => ({ progress: tools.progress(title) })),
    (display) =>
      work({
        onSteps: (count) => {
          done += count
          const needed = meter.note(count)
          if (needed !== undefined) {
            display.progress.stop() // a line below a bar would be overwritten
            tools.warn(estimateText(needed, spec.budget - (tools.now() - began) / 1000, spec.budget))
            display.progress = tools.progress(title)
          }
          display.progress.set(done, total)
        },
        onPlan: (trainings) => {
          total = done + trainings * steps
          display.progress.set(done, total)
        },
      }),
    ({ progress }) => TE.fromIO(progress.stop),
  )
}
