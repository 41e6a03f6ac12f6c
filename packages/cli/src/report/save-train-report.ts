import { toRunError, type ExperimentError, type TrainConfig, type TrainedModel } from '@ptu/experiments'
import { writeFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** Writes the page of a training. Its charts are loaded only now, so that a run begins sooner. */
export const saveTrainReport = (
  path: string,
  trained: TrainedModel,
  config: TrainConfig,
): TE.TaskEither<ExperimentError, void> =>
  pipe(
    TE.tryCatch(async () => {
      const { results } = trained
      return results.schema === 'ptu-train/1'
        ? (await import('./train-report.ts')).trainReportPage({ ...trained, results }, config)
        : (await import('./target-report.ts')).targetReportPage(results, config)
    }, E.toError),
    TE.flatMap((page) => writeFile(path, page)),
    TE.mapLeft(toRunError),
  )
