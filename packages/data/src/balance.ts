import { foldIn, OptionError, permutation, type Key } from '@ptu/core'

const checkClasses = (labels: Int32Array, classes: number): void => {
  if (!Number.isSafeInteger(classes) || classes < 1)
    throw new OptionError(`expected the number of classes, an integer from 1, got ${String(classes)}`)
  const stray = labels.findIndex((label) => label < -1 || label >= classes)
  if (stray >= 0)
    throw new OptionError(
      `label ${String(stray)} is ${String(labels[stray])}, expected a class from 0 to ${String(classes - 1)}`,
    )
}

/**
 * Counts the labels of each class, `[classes]`; labels of -1 stand for padding and are not counted.
 *
 * Throws `OptionError` if a label is no class.
 *
 * @example
 * ```ts
 * expect(classCounts(Int32Array.of(0, 2, 2), 3)).toEqual([1, 0, 2])
 * ```
 */
export const classCounts = (labels: Int32Array, classes: number): readonly number[] => {
  checkClasses(labels, classes)
  const counts = Array.from({ length: classes }, () => 0)
  for (const label of labels) if (label >= 0) counts[label] = (counts[label] as number) + 1
  return counts
}

/**
 * The weight of each class in a loss that counts every class alike: `n / (k · n_c)`, `[classes]`.
 *
 * `n` is the number of labels, `n_c` that of class c and `k` the number of classes that have labels; a class without any
 * weighs 0. Summed over the labels, the weights are `n`. Throws `OptionError` if a label is no class.
 *
 * References:
 *   King & Zeng, "Logistic Regression in Rare Events Data", Political Analysis 9, 2001, §4.2, https://doi.org/10.1093/oxfordjournals.pan.a004868
 *
 * @example
 * ```ts
 * expect(balancedWeights(Int32Array.of(0, 0, 0, 1), 2)).toEqual([2 / 3, 2])
 * ```
 */
export const balancedWeights = (labels: Int32Array, classes: number): readonly number[] => {
  const counts = classCounts(labels, classes)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const present = counts.filter((count) => count > 0).length
  return counts.map((count) => (count === 0 ? 0 : total / (present * count)))
}

/**
 * Draws `count` examples so that every class that has some comes equally often, `[count]`: rare ones come again and
 * again.
 *
 * Counts of classes differ by one at most, and so do those of the examples of one class. The order is random. It is for
 * sets with one label per example. Throws `OptionError` if a label is no class, if there is no label, or if `count` is
 * no whole number.
 *
 * @example
 * ```ts
 * const drawn = balanceDraws(key(0), Int32Array.of(0, 0, 0, 1), 2, 6)
 * expect([...drawn].filter((i) => i === 3)).toHaveLength(3)
 * ```
 */
export const balanceDraws = (key: Key, labels: Int32Array, classes: number, count: number): Uint32Array => {
  checkClasses(labels, classes)
  if (!Number.isSafeInteger(count) || count < 0)
    throw new OptionError(`expected a whole number of draws, got ${String(count)}`)
  const groups: number[][] = Array.from({ length: classes }, () => [])
  labels.forEach((label, i) => groups[label]?.push(i))
  const present = groups.filter(({ length }) => length > 0)
  if (present.length === 0) throw new OptionError('expected at least one label, got none')
  // The classes that come once more than others are random too.
  const turns = permutation(foldIn(key, 0), present.length)
  const rows = Array.from(turns, (at, turn) => {
    const own = Math.ceil((count - turn) / present.length)
    return cycled(foldIn(foldIn(key, 1), at), present[at] as readonly number[], Math.max(0, own))
  })
  const drawn = rows.flat()
  return permutation(foldIn(key, 2), count).map((place) => drawn[place] as number)
}

/** `count` members in random order: all of them again and again, and a random part of them for what is left over. */
const cycled = (key: Key, members: readonly number[], count: number): readonly number[] => {
  const order = permutation(key, members.length)
  return Array.from({ length: count }, (_, i) => members[order[i % members.length] as number] as number)
}
