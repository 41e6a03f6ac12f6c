import type { Env } from '../env.ts'
import { openLab, type Lab, type LabPlan } from './lab.ts'
import { startThread } from './thread-hand.ts'

/** Someone who does the pieces of a run, one at a time. */
export type Hand = Pick<Lab, 'prepare' | 'run' | 'close'>

/** A hand on a thread of its own or, without threads, on this one. */
export const openHand = (env: Env, plan: LabPlan): Hand => {
  const warn = (text: string): void => {
    env.stderr(`${text}\n`)
  }
  return env.threads ? startThread(plan, env.signal, warn) : openLab(plan, env.signal, warn)
}
