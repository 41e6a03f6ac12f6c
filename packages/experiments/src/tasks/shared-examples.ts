import { contentNumbers, countOf, type Dataset } from '@ptu/data'

import type { TaskData } from './task-data.ts'

/** A source's own data, and its name. */
interface SharedWith {
  readonly title: string
  readonly data: Pick<TaskData, 'train' | 'test'> | undefined
}

/**
 * Warns of examples that a target shares with what its source network was trained on, and of test examples that are
 * among its training examples too: results may flatter what knows them.
 *
 * Examples are shared if their numbers are equal, whatever their labels. Tokens of two vocabularies are not compared.
 */
export const sharedExamples = (
  name: string,
  target: Pick<TaskData, 'train' | 'test'>,
  source: SharedWith,
): readonly string[] => {
  const { test, train } = target
  const seen = source.data?.train
  const sets = [test, train, ...(seen === undefined ? [] : [seen])].filter(
    ({ vocabulary, shape }) =>
      vocabulary?.join('\n') === test.vocabulary?.join('\n') && shape.join() === test.shape.join(),
  )
  const numbers = contentNumbers(...sets)
  const told = (ours: Dataset, theirs: Dataset | undefined, words: (count: string) => string): readonly string[] => {
    const [own, others] = [ours, theirs].map((one) => numbers[sets.findIndex((set) => set === one)])
    const among = new Set(others)
    const count = own?.filter((number) => among.has(number)).length ?? 0
    return count === 0
      ? []
      : [
          `${words(`${count} of ${countOf(ours)}`)}: results may flatter what knows them; leave them out of one of the two`,
        ]
  }
  return [
    ...told(test, train, (count) => `${count} test examples of ${name} are among its training examples too`),
    ...told(test, seen, (count) => `${count} test examples of ${name} were seen by ${source.title}`),
    ...told(train, seen, (count) => `${count} training examples of ${name} were seen by ${source.title}`),
  ]
}
