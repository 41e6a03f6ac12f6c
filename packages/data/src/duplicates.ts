import { checkDataset } from './check-dataset.ts'
import { checkComparable, contents } from './contents.ts'
import { countOf, labelsEach, take, type Dataset } from './dataset.ts'

/** Examples that a network cannot tell apart. */
export interface Duplicates {
  /** The places of examples with equal features, `[groups][at least 2]`, each in the order of the data. */
  readonly groups: readonly (readonly number[])[]
  /** The groups whose labels differ. */
  readonly conflicts: readonly (readonly number[])[]
  /** The number of examples beyond one of each group. */
  readonly extra: number
}

/**
 * Finds the examples of a set that are equal, whatever their labels, in time linear in the size of the set.
 *
 * Features are compared number by number; padding behind tokens does not count. Throws what `checkDataset` throws.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: Uint8Array.of(7, 9, 7), labels: Int32Array.of(0, 1, 1), classes: ['a', 'b'] }
 * expect(duplicatesOf(set)).toEqual({ groups: [[0, 2]], conflicts: [[0, 2]], extra: 1 })
 * ```
 */
export const duplicatesOf = (dataset: Dataset): Duplicates => {
  const all = groupsOf(contents().numbersOf(checkDataset(dataset)))
  const groups = all.filter(({ length }) => length > 1)
  return {
    groups,
    conflicts: groups.filter(([first = 0, ...others]) => others.some((i) => !isLabelledAlike(dataset, first, i))),
    extra: countOf(dataset) - all.length,
  }
}

/** The places of each number, in the order in which numbers come. */
const groupsOf = (numbers: Uint32Array): readonly (readonly number[])[] => {
  const groups: number[][] = []
  numbers.forEach((number, i) => {
    const group = groups[number]
    if (group === undefined) groups[number] = [i]
    else group.push(i)
  })
  return groups
}

const isLabelledAlike = (dataset: Dataset, i: number, j: number): boolean => {
  const each = labelsEach(dataset)
  for (let step = 0; step < each; step++)
    if (dataset.labels[i * each + step] !== dataset.labels[j * each + step]) return false
  return true
}

/** The examples that two sets have in common. */
export interface Overlap {
  /** The places of the examples of the first set that the second holds too. */
  readonly first: readonly number[]
  /** The places of the examples of the second set that the first holds too. */
  readonly second: readonly number[]
}

/**
 * Finds the examples of each of two sets that the other holds too, whatever their labels. The sets may be source and
 * target, or training and test.
 *
 * Throws what `checkDataset` throws, and `OptionError` for tokens of two vocabularies.
 *
 * @example
 * ```ts
 * const train: Dataset = { shape: [1], features: Uint8Array.of(7, 8, 8), labels: Int32Array.of(0, 0, 0), classes: ['a'] }
 * const test: Dataset = { ...train, features: Uint8Array.of(8, 9, 1) }
 * expect(overlapOf(train, test)).toEqual({ first: [1, 2], second: [0] })
 * ```
 */
export const overlapOf = (a: Dataset, b: Dataset): Overlap => {
  const [first, second] = contentNumbers(a, b) as [Uint32Array, Uint32Array]
  return { first: placesIn(first, new Set(second)), second: placesIn(second, new Set(first)) }
}

/**
 * Numbers the contents of the examples of several sets: equal examples have equal numbers, whatever their labels.
 *
 * Throws what `checkDataset` throws, and `OptionError` for tokens of several vocabularies.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: Uint8Array.of(7, 8, 7), labels: Int32Array.of(0, 0, 0), classes: ['a'] }
 * const [one, other] = contentNumbers(set, { ...set, features: Uint8Array.of(8, 9, 9) })
 * expect([[...one!], [...other!]]).toEqual([[0, 1, 0], [1, 2, 2]])
 * ```
 */
export const contentNumbers = (...sets: readonly Dataset[]): readonly Uint32Array[] => {
  const known = contents()
  return sets.map((set) => {
    checkComparable(sets[0] as Dataset, checkDataset(set))
    return known.numbersOf(set)
  })
}

const placesIn = (numbers: Uint32Array, wanted: ReadonlySet<number>): readonly number[] =>
  Array.from(numbers.keys()).filter((i) => wanted.has(numbers[i] as number))

/**
 * Removes repeated examples: the first of equal ones stays, and those that `others` hold go.
 *
 * Examples are equal if their features are, whatever their labels: a network cannot tell them apart. Apply it before a
 * set is split, so that no example is in two parts. For a target, give the source as `others`. Throws what
 * `checkDataset` throws, and `OptionError` for tokens of several vocabularies.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: Uint8Array.of(7, 7, 9), labels: Int32Array.of(0, 1, 0), classes: ['a', 'b'] }
 * expect(countOf(distinct(set))).toBe(2)
 * expect(countOf(distinct(set, set))).toBe(0)
 * ```
 */
export const distinct = (dataset: Dataset, ...others: readonly Dataset[]): Dataset => {
  checkDataset(dataset)
  const known = contents()
  const seen = new Set<number>()
  for (const other of others) {
    checkComparable(dataset, checkDataset(other))
    for (const number of known.numbersOf(other)) seen.add(number)
  }
  const kept: number[] = []
  known.numbersOf(dataset).forEach((number, i) => {
    if (seen.has(number)) return
    seen.add(number)
    kept.push(i)
  })
  return take(dataset, kept)
}
