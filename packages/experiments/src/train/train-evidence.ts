import { foldIn } from '@ptu/core'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { readEvidence, type EvidenceReading } from '../advise/reading.ts'
import { InterruptedError, type ExperimentError } from '../errors.ts'
import { classesProblem, examplesForEvidence } from '../methods/label-evidence.ts'
import type { Comparison } from '../run/comparison.ts'
import { showing } from '../run/showing.ts'
import type { Worker } from '../run/worker.ts'
import { keysOf } from '../tasks/few-shot-task.ts'
import { probeName } from './candidate.ts'
import type { Begun } from './train.ts'

/** The evidence that the labels of a training gave. */
export interface TrainEvidence {
  /** Absent where it was not asked for or is not known. */
  readonly reading?: EvidenceReading
  /** The same in words, or the reason for which it is not known; absent where it was not asked for. */
  readonly note?: string
}

/**
 * Reads what the labelled examples say of the source before training, as `ptu advise` does; empty where there is no source,
 * where a linear probe was asked for, for too few or too many classes, and where labels are not one class each. `frozen` names the blocks that never learn.
 *
 * Nothing is chosen by it: it has seen the labels that are held out later.
 */
export const trainEvidence = (
  { spec, workers, tools }: Begun,
  { network, target, rescales, zeroHead, rate, batch }: Comparison,
  frozen: readonly string[],
): TaskEither<ExperimentError, TrainEvidence> => {
  const isAsked = spec.source !== null && spec.method !== probeName && target.train.targets === undefined
  if (!isAsked || classesProblem(target.train) !== undefined) return TE.right({})
  const { seed } = spec
  const labelled = examplesForEvidence(foldIn(keysOf(seed).adaptation, 0), target.train)
  const request = { network, labelled, rescales, zeroHead, rate, batch, seed, measures: false }
  return pipe(
    showing(tools.progress, 'evidence', (tell) => (workers[0] as Worker).weigh(request, tell)),
    TE.map(({ evidence }) => readEvidence(evidence, frozen)),
    TE.map((reading): TrainEvidence => ({ reading, note: noteOf(reading) })),
    TE.orElse((error) =>
      error instanceof InterruptedError
        ? TE.left(error)
        : TE.right({ note: `what the labels say of the source before training is not known: ${error.message}` }),
    ),
  )
}

const noteOf = ({ outcome, advice, reason, method }: EvidenceReading): string =>
  outcome === 'departs'
    ? `before training, the labels speak for ${advice}: ${reason}; compare it with --method ${method}`
    : `before training, the labels ${outcome === 'usual' ? 'speak for' : 'do not speak against'} adapting every block that may learn: ${reason}`
