import { trainingsOf, type Hyperparameters, type Method, type Question } from '../methods/method.ts'

/** A piece of a comparison that a worker does by itself: one method for one draw of labels. */
export interface Job {
  readonly seed: number
  /** The name of the method. */
  readonly method: string
  /** Holds the method at one setting, so that it searches nothing. */
  readonly held?: Hyperparameters
}

/** The name of a job, which is also the name of its document. */
export const jobName = ({ seed, method, held }: Job): string =>
  `seed${seed}-${method}${held === undefined || held.depth === null ? '' : `-${held.depth}`}`

/** The jobs of a comparison, those with the most trainings first, so that no worker is left with a long one. */
export const jobsOf = (methods: readonly Method[], seeds: readonly number[], question: Question): readonly Job[] =>
  methods
    .flatMap((method) => seeds.map((seed) => ({ seed, method })))
    .toSorted((a, b) => trainingsOf(b.method, question) - trainingsOf(a.method, question))
    .map(({ seed, method }) => ({ seed, method: method.name }))
