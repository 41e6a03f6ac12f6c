import { printable } from '@ptu/experiments'

import type { TestExamples } from './evaluate-data.ts'

/** The warnings about examples that the model may know. */
export const seenText: Readonly<Record<TestExamples['seen'], readonly string[]>> = {
  new: [],
  'held out': ['these are the data of its training: only the part that was held out from it is tested on'],
  'trained on': [
    'warning: the model was trained on these very examples, so that this says nothing of new ones; ' +
      'its accuracy on held-out examples is in train.json: ptu inspect shows it',
  ],
}

/** The most names that are shown. */
const few = 5

/** The examples that are left out as the model knows them. */
export const leftOutText = (names: readonly string[], more: string): string =>
  `left out, as the model was trained on them or on equal ones: ${names.length}${more}: ` +
  `${names.slice(0, few).map(printable).join(', ')}${names.length > few ? ', …; --json has all' : ''}`
