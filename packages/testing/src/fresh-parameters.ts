import type { Parameters } from 'fast-check'

const usualRuns = 100
const times = 20
const longest = 5000

/** The parameters of a property that is tried on new inputs: twenty times as many, for at most 5 s. */
export const freshParameters = <A>(parameters: Parameters<A> | undefined, seed: number): Parameters<A> => ({
  ...parameters,
  seed,
  numRuns: (parameters?.numRuns ?? usualRuns) * times,
  interruptAfterTimeLimit: longest,
})
