import { classCounts } from './balance.ts'
import { missingMarks } from './collect-table.ts'
import type { Dataset } from './dataset.ts'
import { plural, quoted } from './errors.ts'

/**
 * Notes for people about classes that are called like a value that is not there, such as `NaN`, with their numbers of examples.
 *
 * @example
 * ```ts
 * expect(missingLabels({ labels: Int32Array.of(0, 1, 1), classes: ['NaN', 'oak'] })).toEqual([
 *   '1 example of a class "NaN": if this stands for a label that is missing, leave out the rows',
 * ])
 * ```
 */
export const missingLabels = ({ labels, classes }: Pick<Dataset, 'labels' | 'classes'>): readonly string[] => {
  const counts = classCounts(labels, classes.length)
  return classes.flatMap((name, place) =>
    missingMarks.has(name)
      ? [`${plural(counts[place] ?? 0, 'example')} of a class ${quoted(name)}: if this stands for a label that is missing, leave out the rows`] // prettier-ignore
      : [],
  )
}
