import type { ShowProgress } from '@ptu/experiments'

import { duration } from './duration.ts'

/** Estimates the seconds that are left, at the speed of the part that was done here. */
export const secondsLeft = (seconds: number, begun: number, done: number, total: number): number | undefined =>
  done > begun ? (seconds / (done - begun)) * (total - done) : undefined

/** Follows a count from its first value on and says how long the rest will take. */
export const following = (now: () => number): ((done: number, total: number) => string) => {
  let first: { readonly at: number; readonly done: number } | undefined
  return (done, total) => {
    first ??= { at: now(), done }
    const left = secondsLeft((now() - first.at) / 1000, first.done, done, total)
    return left === undefined ? '' : `${duration(left)} left`
  }
}

/** Milliseconds between two lines on a channel that nobody watches. */
const quiet = 10_000

/** A line now and then, for logs. */
export const lineProgress =
  (write: (text: string) => void, now: () => number): ShowProgress =>
  (title) => {
    const left = following(now)
    let last = now()
    return {
      set: (done, total) => {
        const rest = left(done, total)
        if (now() - last < quiet) return
        last = now()
        write(`${title}: ${((100 * done) / total).toFixed(0)} %${rest === '' ? '' : `, ${rest}`}\n`)
      },
      stop: () => undefined,
    }
  }
