import { percent } from '../results/words.ts'
import type { Judgement } from './judgement.ts'

/**
 * The note that a model is not better, as far as its interval tells, than always naming the commonest of the classes that were held
 * out. None for a better model.
 *
 * `confusion` counts the examples by their class and by what they were taken for.
 *
 * @example
 * ```ts
 * const classes = ['ham', 'spam']
 * const confusion = [[1, 14], [10, 5]]
 * const interval = { low: 0.095, high: 0.373 }
 * expect(chanceNotes({ interval }, confusion, classes).join()).toMatch(/worse than always naming ham, .* 50.0 %/)
 * ```
 */
export const chanceNotes = (
  { interval }: Pick<Judgement, 'interval'>,
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
): readonly string[] => {
  const counts = confusion.map((row) => row.reduce((sum, count) => sum + count, 0))
  const [most, all] = [Math.max(...counts), counts.reduce((sum, count) => sum + count, 0)]
  const chance = most / all
  if (!(interval.low <= chance)) return []
  const standing = interval.high < chance ? 'worse than' : 'not shown to be better than'
  return [
    `the shipped model is ${standing} always naming ${classes[counts.indexOf(most)] ?? ''}, which is right for ${percent(chance)} % ` +
      'of what was held out: label more, or name a network that knows such data with --model',
  ]
}
