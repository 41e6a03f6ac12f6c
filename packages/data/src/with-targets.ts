import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import type { Dataset } from './dataset.ts'
import { DataError } from './errors.ts'
import { targetReaders, type TargetRule } from './target-rule.ts'

/**
 * The data set whose classes are the labels of rows in canonical texts, with what these texts stand for as targets.
 *
 * Its classes become the names of the targets. `known` are those of a model. A Left says why nothing can be learnt.
 */
export const withTargets = (
  dataset: Dataset,
  rule: TargetRule | undefined,
  known?: readonly string[],
): E.Either<DataError, Dataset> => {
  if (rule === undefined) return E.right(dataset)
  const labels = Array.from(dataset.labels, (label) => dataset.classes[label] ?? '')
  return pipe(
    targetReaders[rule.kind].numbersOf(labels, rule, known),
    E.bimap(
      (problem) => new DataError(problem),
      ({ names, values, strata }) => ({
        ...dataset,
        classes: names,
        labels: strata,
        targets: { kind: rule.kind, values },
      }),
    ),
  )
}
