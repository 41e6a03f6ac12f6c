const usualRuns = 100
const times = 20
const longest = 5000

/** The time for which a property is tried on new inputs. */
export interface FreshRuns {
  readonly seed: number
  readonly numRuns: number
  /** In milliseconds. */
  readonly interruptAfterTimeLimit: number
}

/** The runs of a property on new inputs: twenty times as many as its test names, or as usual, for at most 5 s. */
export const freshRuns = (seed: number, named: number = usualRuns): FreshRuns => ({
  seed,
  numRuns: named * times,
  interruptAfterTimeLimit: longest,
})
