import type { Hyperparameters } from '../methods/method.ts'
import type { Judged } from './judgement.ts'

/** A method at one setting. */
export interface Setting {
  readonly method: string
  readonly held: Hyperparameters
}

/** A method at one setting, and its predictions of the examples that were held out so far. */
export interface Candidate extends Setting {
  readonly judged: Judged
  readonly folds: number
  readonly seconds: number
}

/** The name of the linear probe among methods. */
export const probeName = 'probe'

/** A candidate in words: its method, with its rate where another candidate has the same method. */
export const nameAmong = ({ method, held }: Setting, all: readonly Setting[]): string =>
  all.some((other) => other.method === method && other.held.rate !== held.rate) ? `${method} at ${held.rate}` : method
