import { countOf, overlapOf, type Dataset } from '@ptu/data'

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
): readonly string[] => [
  ...told(target.test, target.train, (count) => `${count} test examples of ${name} are among its training examples too`),
  ...(source.data === undefined
    ? []
    : [
        ...told(target.test, source.data.train, (count) => `${count} test examples of ${name} were seen by ${source.title}`),
        ...told(target.train, source.data.train, (count) => `${count} training examples of ${name} were seen by ${source.title}`),
      ]),
] // prettier-ignore

const told = (ours: Dataset, theirs: Dataset, words: (count: string) => string): readonly string[] => {
  if (ours.vocabulary?.join('\n') !== theirs.vocabulary?.join('\n') || ours.shape.join() !== theirs.shape.join())
    return []
  const { length } = overlapOf(ours, theirs).first
  return length === 0
    ? []
    : [
        `${words(`${length} of ${countOf(ours)}`)}: results may flatter what knows them; leave them out of one of the two`,
      ]
}
