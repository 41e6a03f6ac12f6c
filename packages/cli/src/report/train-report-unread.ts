import type { TrainResults } from '@ptu/experiments'

import { counted } from '../format.ts'
import { element, type Markup } from './markup.ts'
import { below, capital, shown, some } from './train-report-text.ts'
import { unreadOf } from './train-report-words.ts'

/** More than these are left to train.json. */
const mostRows = 100

/** The files and rows that could not be read. */
export const unreadableParts = ({
  data,
  data: { path: folder, unreadable },
}: Pick<TrainResults, 'data'>): readonly Markup[] =>
  unreadable.length === 0
    ? []
    : [
        element('h2', {}, `${capital(unreadOf(data))}s that could not be read`),
        element(
          'p',
          { class: 'quiet' },
          `${counted(unreadable.length, unreadOf(data))} left out. Shown: ${some(Math.min(mostRows, unreadable.length), unreadable.length)}.`,
        ),
        element(
          'ul',
          {},
          ...unreadable
            .slice(0, mostRows)
            .map(({ path, why }) => element('li', {}, `${shown(below(folder, path))}: ${shown(why)}`)),
        ),
      ]
