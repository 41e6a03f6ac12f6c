import { foldIn } from '@ptu/core'
import { decisiveMargin, type Evidence } from '@ptu/strategies'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { adviceOf, methodOf, outcomeOf, reasonOf, stateOf } from '../advise/words.ts'
import { InterruptedError, type ExperimentError } from '../errors.ts'
import { classesProblem, examplesForEvidence } from '../methods/label-evidence.ts'
import type { Comparison } from '../run/comparison.ts'
import { showing } from '../run/showing.ts'
import type { Worker } from '../run/worker.ts'
import { keysOf } from '../tasks/few-shot-task.ts'
import { probeName } from './candidate.ts'
import type { Begun } from './train.ts'

/**
 * What the labelled examples say of the source before training, as `ptu advise` reads them, in words; undefined where there
 * is no source, where a linear probe was asked for, and for too few or too many classes.
 *
 * Nothing is chosen by it: it has seen the labels that are held out later.
 */
export const evidenceNote = (
  { spec, source, workers, tools }: Begun,
  { network, target, rescales, zeroHead, rate, batch }: Comparison,
): TaskEither<ExperimentError, string | undefined> => {
  const isAsked = spec.source !== null && spec.method !== probeName && target.train.targets === undefined
  if (!isAsked || classesProblem(target.train.classes.length) !== undefined) return TE.right(undefined)
  const { seed } = spec
  const labelled = examplesForEvidence(foldIn(keysOf(seed).adaptation, 0), target.train)
  const request = { network, labelled, rescales, zeroHead, rate, batch, seed, measures: false }
  return pipe(
    showing(tools.progress, 'evidence', (tell) => (workers[0] as Worker).weigh(request, tell)),
    TE.map(({ evidence }) => noteOf(evidence, source.frozen)),
    TE.orElse((error) =>
      error instanceof InterruptedError
        ? TE.left(error)
        : TE.right(`what the labels say of the source before training is not known: ${error.message}`),
    ),
  )
}

/** The evidence about the blocks behind the first `from`, in words. */
const noteOf = (evidence: Evidence, from: number): string => {
  const { blocks } = evidence
  const reason = reasonOf(evidence, decisiveMargin, from, from + blocks.length)
  const outcome = outcomeOf(evidence, decisiveMargin)
  if (outcome !== 'departs')
    return `before training, the labels ${outcome === 'usual' ? 'speak for' : 'do not speak against'} adapting every block that may learn: ${reason}`
  const frozen = Array.from({ length: from }, () => 'as it is' as const)
  const advice = adviceOf([...frozen, ...blocks.map(stateOf)])
  return `before training, the labels speak for ${advice}: ${reason}; compare it with --method ${methodOf(evidence)}`
}
