/** The time that a whole cross-validation would take. */
export interface WholeTraining {
  /** Steps of all folds. */
  readonly total: number
  /** Steps of one training; the final one has as many. */
  readonly steps: number
  /** Trainings that run at the same time. */
  readonly workers: number
}

/** Measures the pace of a training by its first steps. */
export interface PaceMeter {
  /** Takes note of `count` steps that were done, and returns the seconds that all takes from here on, once, when that is known. */
  readonly note: (count: number) => number | undefined
}

/** Steps of each worker that are not timed, because kernels are made and memory is found in them; then those that are at least. */
const [untimed, timed] = [2, 5] as const

/** Seconds that are timed at least: short steps become shorter still while their code is being compiled. */
const shortest = 3

/**
 * Measures how long folds and the final training take, by the first steps of each worker.
 *
 * `seconds = (total - done) / pace + steps · workers / pace`, where `pace` is steps in a second of all workers together: the final
 * training has one worker. More than a quarter of a training that comes at once was kept from an earlier run: it is done, but not timed.
 */
export const paceMeter = ({ total, steps, workers }: WholeTraining, now: () => number): PaceMeter => {
  let [done, seen, isTold] = [0, 0, false]
  let began: { readonly at: number; readonly seen: number } | undefined
  return {
    note: (count) => {
      done += count
      if (4 * count <= steps) seen += count
      if (seen < untimed * workers) return undefined
      began ??= { at: now(), seen }
      const measured = seen - began.seen
      if (isTold || measured < timed * workers) return undefined
      const seconds = (now() - began.at) / 1000
      if (seconds < shortest) return undefined
      isTold = true
      return ((total - done + steps * workers) * seconds) / measured
    },
  }
}

/** The estimate of a training beside the time that is left for it, in words; times in seconds. */
export const estimateText = (needed: number, left: number, budget: number): string => {
  const told = `all folds and the final training take about ${roughly(needed)}`
  const allowed = `--minutes ${Number((budget / 60).toFixed(2))}`
  return needed <= left
    ? `${told}; ${allowed} should be enough`
    : `${told}; ${allowed} leaves ${left < 1 ? 'no time' : roughly(left)}, so that some folds will be left out`
}

/** A time no finer than an estimate is: in seconds below two minutes, in minutes up to two hours, then in hours. */
const roughly = (seconds: number): string => {
  if (seconds < 1) return 'a second'
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
