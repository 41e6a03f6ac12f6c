/** A piece of work that can be repeated, and its amount. */
export interface Work {
  /** The number of operations, or of bytes. */
  readonly amount: number
  readonly run: () => void
}

/**
 * The best rate of repeated work, in units of 10⁹ a second: the run that others disturbed least. Runs until so many seconds are
 * over, and at least twice; the first run only warms up.
 */
export const bestRate = ({ amount, run }: Work, seconds: number, now: () => number): number => {
  run()
  const end = now() + 1000 * seconds
  let best = Infinity
  do {
    const began = now()
    run()
    best = Math.min(best, now() - began)
  } while (now() < end)
  return amount / best / 1e6
}
