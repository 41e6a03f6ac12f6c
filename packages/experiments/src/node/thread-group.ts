import { messageOf } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import { shareDatasets } from '../run/freeze-on-workers.ts'
import type { Worker } from '../run/worker.ts'
import { abandon, renew } from './thread-sum.ts'

/**
 * Several threads as one worker whose trainings they do together; other work is done by the first of them, frozen blocks by
 * all.
 */
export const groupOf = (members: readonly Worker[], memory: SharedArrayBuffer): Worker => {
  const [first] = members as readonly [Worker, ...Worker[]]
  return {
    ...first,
    start: () => onAll(members, memory, (member) => member.start()),
    freeze: (request, onStep) => shareDatasets(members, request, onStep),
    run: (comparison, job, onStep) =>
      onAll(members, memory, (member, tell) => member.run(comparison, job, tell), onStep),
    make: (comparison, job, onStep) =>
      onAll(members, memory, (member, tell) => member.make(comparison, job, tell), onStep),
    fit: (request, onStep) => onAll(members, memory, (member, tell) => member.fit(request, tell), onStep),
    close: () => {
      for (const member of members) member.close()
    },
  }
}

/**
 * Asks all members for the same and returns the answer of the first of them, or the Left that came first. After it no member
 * waits for another.
 */
const onAll =
  <A>(
    members: readonly Worker[],
    memory: SharedArrayBuffer,
    ask: (member: Worker, tell: OnStep) => TaskEither<ExperimentError, A>,
    onStep: OnStep = () => undefined,
  ): TaskEither<ExperimentError, A> =>
  async () => {
    const [failures, bugs]: readonly [E.Either<ExperimentError, A>[], unknown[]] = [[], []]
    const answerOf = async (member: Worker, rank: number): Promise<E.Either<ExperimentError, A> | undefined> => {
      try {
        const answer = await ask(member, rank === 0 ? onStep : () => undefined)()
        if (E.isLeft(answer) && failures.push(answer) === 1) abandon(memory)
        return answer
      } catch (cause) {
        bugs.push(cause)
        abandon(memory)
        return undefined
      }
    }
    const [own] = await Promise.all(members.map(answerOf))
    renew(memory, members.length)
    const [bug] = bugs
    if (bug !== undefined) throw bug instanceof Error ? bug : new Error(messageOf(bug))
    return failures[0] ?? (own as E.Either<ExperimentError, A>)
  }
