import { isRecord, messageOf } from '@ptu/core'

import { RunError } from '../errors.ts'
import type { Method } from '../methods/method.ts'

/** Finds the fault in an answer of a method's function; undefined if there is none. */
type Check = (given: unknown) => string | undefined

/** Says of which module and function a fault is. A `RunError` that the module throws itself is left as it is. */
const faultOf = (path: string, { name }: Method, asked: string, cause: unknown): RunError =>
  cause instanceof RunError ? cause : new RunError(`${path}: ${asked} of the method ${name}: ${messageOf(cause)}`)

const checked = <A>(given: A, problemOf: Check): A => {
  const problem = problemOf(given)
  if (problem !== undefined) throw new Error(problem)
  return given
}

const isSetting = (given: unknown): boolean => {
  if (!isRecord(given)) return false
  const { rate, depth } = given
  return typeof rate === 'number' && Number.isFinite(rate) && rate >= 0 && (depth === null || Number.isInteger(depth))
}

const trialsProblem: Check = (given) =>
  Array.isArray(given) && given.length > 0 && given.every(isSetting)
    ? undefined
    : 'expected a list of one setting or more, each with a rate of at least 0 and a depth or null'

const blocksProblem =
  (count: number): Check =>
  (given) => {
    if (!Array.isArray(given)) return 'expected a list of strategies, one for each block'
    return given.length === count && given.every((each) => typeof each === 'function')
      ? undefined
      : `expected one strategy for each of the ${count} blocks, got ${given.length} values`
  }

const planProblem =
  (count: number): Check =>
  (given) => {
    if (!isRecord(given) || !('head' in given)) return 'expected a plan with blocks and a head'
    const { blocks, evidence } = given
    if (evidence !== undefined && !isEvidence(evidence, count))
      return `expected the evidence of a plan as labelEvidence gives it, about each of the ${count} blocks`
    return blocksProblem(count)(blocks)
  }

const isEvidence = (given: unknown, count: number): boolean =>
  isRecord(given) &&
  ['hypotheses', 'blocks'].every((name) => Array.isArray(given[name]) && given[name].every(isRecord)) &&
  (given['hypotheses'] as readonly unknown[]).length > 0 &&
  (given['blocks'] as readonly unknown[]).length === count &&
  isRecord(given['cost'])

/**
 * A method of a user's module whose faults are told as those of the module rather than as bugs of ptu: what its functions
 * throw, and answers of another form than a method gives. They are thrown as {@link RunError}.
 */
export const guardedMethod = (path: string, method: Method): Method => {
  const guarded = <A>(asked: string, ask: () => A, problemOf: Check): A => {
    try {
      return checked(ask(), problemOf)
    } catch (cause) {
      throw faultOf(path, method, asked, cause)
    }
  }
  return {
    ...method,
    trials: (question) => guarded('trials', () => method.trials(question), trialsProblem),
    plan: (source, chosen) => guarded('plan', () => method.plan(source, chosen), blocksProblem(source.blocks.length)),
    ...(method.adapt && { adapt: guardedAdapt(path, method) }),
  }
}

const guardedAdapt =
  (path: string, method: Method): NonNullable<Method['adapt']> =>
  async (plan, task) => {
    try {
      const given = await method.adapt?.(plan, task)
      return checked(given as typeof plan, planProblem(task.source.blocks.length))
    } catch (cause) {
      throw faultOf(path, method, 'adapt', cause)
    }
  }
