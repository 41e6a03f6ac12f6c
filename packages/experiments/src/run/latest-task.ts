import * as E from 'fp-ts/lib/Either.js'
import type { RescaleOptions } from '@ptu/networks'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { closeTask, fewShotTask, type FewShotTask } from '../tasks/few-shot-task.ts'
import { sealTestSet } from '../tasks/test-set.ts'
import type { Comparison } from './comparison.ts'

/** Keeps the few-shot task that was opened last, because the next job mostly has the same seed; `options` as for {@link fewShotTask}. */
export const latestTask = (
  options: RescaleOptions = {},
): {
  readonly open: (seed: number, comparison: Comparison) => TaskEither<ExperimentError, FewShotTask>
  readonly close: () => void
} => {
  let kept: { readonly name: string; readonly task: FewShotTask } | undefined
  const close = (): void => {
    if (kept !== undefined) closeTask(kept.task)
    kept = undefined
  }
  return {
    open: (seed, comparison) => async () => {
      const name = JSON.stringify([seed, comparison.record])
      if (kept?.name === name) return E.right(withFreshTest(kept.task, comparison))
      close()
      const made = await fewShotTask(comparison, seed, options)()
      if (E.isRight(made)) kept = { name, task: made.right }
      return made
    },
    close,
  }
}

/** Each run may open the test set once. */
const withFreshTest = (task: FewShotTask, { target }: Comparison): FewShotTask => ({
  ...task,
  test: sealTestSet(target.test),
})
