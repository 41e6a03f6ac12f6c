import { trainingsOf, type Method, type Question } from '../methods/method.ts'

/** A piece of a comparison that a worker does by itself: one method for one draw of labels. */
export interface Job {
  readonly seed: number
  /** The name of the method. */
  readonly method: string
}

/** The name of a job, which is also the name of its document. */
export const jobName = ({ seed, method }: Job): string => `seed${seed}-${method}`

/** The jobs of a comparison, those with the most trainings first, so that no worker is left with a long one. */
export const jobsOf = (methods: readonly Method[], seeds: readonly number[], question: Question): readonly Job[] =>
  methods
    .flatMap((method) => seeds.map((seed) => ({ seed, method })))
    .toSorted((a, b) => trainingsOf(b.method, question) - trainingsOf(a.method, question))
    .map(({ seed, method }) => ({ seed, method: method.name }))
