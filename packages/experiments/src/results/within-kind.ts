import { refuse, type Decoded } from '@ptu/config'
import type { Tree } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

import { taskKindNamed } from '../tasks/task-kind.ts'
import type { Results } from './results.ts'

/** Refuses a score below the least that its kind of task has, and too few classes. */
export const withinKind = (results: Results, path: Tree.Path): Decoded<Results> => {
  const { classes, kind } = results.target
  const { least, fewest } = taskKindNamed(kind)
  if (classes.length < fewest)
    return refuse(
      [...path, 'target', 'classes'],
      `expected ${fewest} or more for the kind ${kind}, got ${classes.length}`,
    )
  const tried = results.runs.flatMap(({ accuracy, trials }) => [accuracy, ...trials.map((trial) => trial.accuracy)])
  const scores = [...tried, ...results.rows.map(({ mean }) => mean)]
  const low = scores.find((value) => value < least)
  return low === undefined
    ? E.right(results)
    : refuse(path, `expected scores from ${least} for the kind ${kind}, got ${low}`)
}
