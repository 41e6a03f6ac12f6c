import type { Dataset } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { ShowProgress } from '../progress.ts'
import type { OpenedSource, PreparedSource } from '../sources/source.ts'
import { inSharedMemory } from '../tasks/shared-memory.ts'
import type { TaskData } from '../tasks/task-data.ts'
import type { Comparison, MeasuredSets } from './comparison.ts'
import { freezeOnWorkers } from './freeze-on-workers.ts'
import { showing } from './showing.ts'
import type { Worker } from './worker.ts'

/** The frozen blocks of a source, the blocks that may learn, and the target and what is measured as the frozen blocks' outputs. */
export const partsOf = (
  { frozen: count }: PreparedSource,
  { network }: OpenedSource,
  { target, measured }: { readonly target: TaskData; readonly measured: Comparison['measured'] },
  { progress }: { readonly progress: ShowProgress },
  workers: readonly Worker[],
): TaskEither<ExperimentError, Pick<Comparison, 'prefix' | 'network' | 'target' | 'measured'>> => {
  if (count === 0)
    return TE.right({
      prefix: null,
      network,
      target,
      ...(measured && { measured: withSets(measured, setsOf(measured)) }),
    })
  const sets = measured === undefined ? [] : setsOf(measured)
  return pipe(
    showing(progress, 'frozen blocks', (tell) =>
      freezeOnWorkers(workers, { network, count, datasets: [target.train, target.test, ...sets] }, tell),
    ),
    TE.map(({ prefix, rest, datasets: [train = target.train, test = target.test, ...others] }) => ({
      prefix,
      network: rest,
      target: { ...target, train, test },
      ...(measured && { measured: withSets(measured, others) }),
    })),
  )
}

const setsOf = (measured: readonly MeasuredSets[]): readonly Dataset[] => measured.flatMap(({ datasets }) => datasets)

/** The same measures with other sets in place of theirs, in memory that threads share. */
const withSets = (measured: readonly MeasuredSets[], sets: readonly Dataset[]): readonly MeasuredSets[] => {
  let at = 0
  return measured.map(({ measure, datasets }) => ({
    measure,
    datasets: sets.slice(at, (at += datasets.length)).map(inSharedMemory),
  }))
}
