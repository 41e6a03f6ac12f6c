import { foldIn, key } from '@ptu/core'
import { batchesPerEpoch, countOf, splitStratified, type Dataset } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { percent } from '../results/words.ts'
import { labelCount } from '../tasks/task-data.ts'
import { sourceWarning } from './source-quality.ts'

/** Examples per step in the training of a source network. */
export const sourceBatch = 128

/** The passes over data that are many. */
const usual = 2

/** The lengths of training that are tried where data are few, in steps. */
const lengths = [300, 1200, 4800] as const

/** The steps that a number of passes over data takes. */
export const stepsFor = (epochs: number, train: Dataset): number =>
  Math.max(1, Math.round(epochs * batchesPerEpoch(countOf(train), sourceBatch)))

/** The passes over data where none are asked for; null of data so few that two are too short, which validation decides. */
export const usualEpochs = (train: Dataset): number | null => (stepsFor(usual, train) >= lengths[0] ? usual : null)

/** A training of some length that is judged on examples that it did not see. */
export type JudgeLength = (
  parts: { readonly train: Dataset; readonly validation: Dataset },
  steps: number,
) => TE.TaskEither<ExperimentError, { readonly accuracy: number; readonly chance: number }>

/** A length of training and the reason for it. */
export interface ChosenLength {
  readonly steps: number
  readonly why: string
}

/** One try. */
interface Tried {
  readonly steps: number
  readonly accuracy: number
  readonly isEnough: boolean
}

/**
 * Chooses the length of training where data are few: the first of 300, 1200 and 4800 steps after which a network is clearly
 * above chance, or right in all cases, on a fifth of its own data that was held back; else the one that is best there.
 *
 * Data with too few examples to hold any back are trained on for 300 steps.
 */
export const chooseLength = (
  seed: number,
  train: Dataset,
  judge: JudgeLength,
): TE.TaskEither<ExperimentError, ChosenLength> => {
  const parts = splitStratified(foldIn(key(seed), 2), train, { atLeast: 1 })
  if (E.isLeft(parts)) return TE.right({ steps: lengths[0], why: 'too few examples to hold any back for validation' })
  const { validation } = parts.right
  const attempt = (steps: number): TE.TaskEither<ExperimentError, Tried> =>
    pipe(
      judge(parts.right, steps),
      TE.map(({ accuracy, chance }) => {
        const testLabels = labelCount(validation)
        const isEnough = accuracy === 1 || sourceWarning({ accuracy, chance, testLabels }) === undefined
        return { steps, accuracy, isEnough }
      }),
    )
  const from = (at: number, before: readonly Tried[]): TE.TaskEither<ExperimentError, readonly Tried[]> => {
    const steps = lengths[at]
    if (steps === undefined) return TE.right(before)
    return pipe(
      attempt(steps),
      TE.flatMap((tried) => (tried.isEnough ? TE.right([...before, tried]) : from(at + 1, [...before, tried]))),
    )
  }
  return pipe(
    from(0, []),
    TE.map((tried) => {
      const enough = tried.find(({ isEnough }) => isEnough)
      const { steps, accuracy } = enough ?? tried.reduce((best, each) => (each.accuracy > best.accuracy ? each : best))
      return { steps, why: `right for ${percent(accuracy)} % of a fifth of its data that was held back` }
    }),
  )
}
