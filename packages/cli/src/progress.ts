import type { ShowProgress } from '@ptu/experiments'
import { SingleBar } from 'cli-progress'

import { duration } from './duration.ts'

/** Estimates the seconds that are left, at the speed of the part that was done here. */
export const secondsLeft = (seconds: number, begun: number, done: number, total: number): number | undefined =>
  done > begun ? (seconds / (done - begun)) * (total - done) : undefined

/** Follows a count from its first value on and says how long the rest will take. */
const following = (now: () => number): ((done: number, total: number) => string) => {
  let first: { readonly at: number; readonly done: number } | undefined
  return (done, total) => {
    first ??= { at: now(), done }
    const left = secondsLeft((now() - first.at) / 1000, first.done, done, total)
    return left === undefined ? '' : `${duration(left)} left`
  }
}

/** A bar on a terminal. */
export const barProgress =
  (stream: NodeJS.WriteStream, now: () => number): ShowProgress =>
  (title) => {
    const left = following(now)
    const bar = new SingleBar({
      stream,
      format: `${title} {bar} {percentage}% {left}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
    })
    bar.start(1, 0, { left: '' })
    return {
      set: (done, total) => {
        bar.setTotal(total)
        bar.update(done, { left: left(done, total) })
      },
      stop: () => {
        bar.stop()
      },
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
