import { foldIn, OptionError, permutation, type Key } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

import { checkDataset } from './check-dataset.ts'
import { contents } from './contents.ts'
import { countOf, take, type Dataset } from './dataset.ts'
import { drawnInRounds, groupsToDivide, groupsToDraw, type Grouping } from './draw-groups.ts'
import { DataError, plural } from './errors.ts'
import { heldBack } from './hold-back.ts'

/** The same examples in a random order, each order as likely as another. */
export const shuffle = (key: Key, dataset: Dataset): Dataset => take(dataset, permutation(key, countOf(dataset)))

/** Each group's examples in a random order of its own. */
const inOwnOrder = (key: Key, groups: Grouping['groups']): Grouping['groups'] =>
  groups.map((group, i) => [...permutation(foldIn(key, i), group.length)].map((place) => group[place] as number))

/**
 * Draws `shots` examples of every class without repetition, class by class. From tagged sequences it draws `shots`
 * sequences.
 *
 * Draws from sets of labels go on until `shots` examples have each label on, and as many have none, where there are so many; an
 * example counts for all its labels. Of numbers it draws `shots` examples of each tenth of them, from the lowest to the
 * highest: ten times `shots` in all.
 *
 * Draws with one key are nested: the 5-shot set is part of the 10-shot set. A Left names every class or label that has
 * fewer examples than `shots`. Throws `OptionError` unless `shots` is a positive integer.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: Uint8Array.of(0, 50, 100, 150), labels: Int32Array.of(0, 1, 0, 1), classes: ['a', 'b'] }
 * const few = fewShot(key(0), set, 1) // Right: 1 example of each class
 * expect(E.map(countOf)(few)).toEqual(E.right(2))
 * ```
 */
export const fewShot = (key: Key, dataset: Dataset, shots: number): E.Either<DataError, Dataset> => {
  if (!Number.isInteger(shots) || shots < 1)
    throw new OptionError(`expected a positive integer as shots, got ${String(shots)}`)
  checkDataset(dataset)
  const { groups, shortage, remedy, overlaps } = groupsToDraw(dataset)
  const short = shortage(shots, `for ${plural(shots, 'shot')}`)
  if (short !== undefined) return E.left(new DataError(`${short}; ask for fewer shots, add examples${remedy}`))
  const ordered = inOwnOrder(key, groups)
  return E.right(
    take(dataset, overlaps ? drawnInRounds(ordered, shots) : ordered.flatMap((group) => group.slice(0, shots))),
  )
}

/** The number of examples of each class to hold back. */
export interface SplitOptions {
  /** The part of each class that validates, rounded to whole examples; 0.2 unless given. */
  readonly fraction?: number
  /** Examples per class that validate at the least; 2 unless given. */
  readonly atLeast?: number
  /**
   * Keeps examples with equal features in one part (`together`, unless given).
   *
   * `apart` is for data whose examples are equal by their nature, such as a table of three columns of yes and no.
   */
  readonly copies?: 'together' | 'apart'
}

/** Two parts that share no example, nor a copy of one; each keeps the order of the data. */
export interface Split {
  readonly train: Dataset
  readonly validation: Dataset
}

const checkSplit = (fraction: number, atLeast: number): void => {
  if (!(fraction >= 0 && fraction < 1)) throw new OptionError(`expected a fraction in [0, 1), got ${String(fraction)}`)
  if (!Number.isInteger(atLeast) || atLeast < 0)
    throw new OptionError(`expected atLeast to be a whole number, got ${String(atLeast)}`)
}

/**
 * Holds back `max(atLeast, round(fraction · n))` of the `n` examples of each class, and leaves at least one to train
 * on. Tagged sequences are held back whole, out of all sequences, and examples with numbers out of all examples. Of sets of
 * labels it holds back as near to that of the examples with each label, the rarest first, as examples with several allow.
 *
 * Examples with equal features are held back together, whatever their labels, so that no example is judged that was
 * trained on. The parts then come as near to these numbers as whole groups of copies allow. Data without copies are
 * drawn one by one.
 *
 * A Left names every class with fewer than `atLeast + 1` examples, or whose copies leave fewer than `atLeast` to
 * validate. Throws `OptionError` on a fraction outside [0, 1), and what `checkDataset` throws.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: Uint8Array.of(0, 50, 100, 150), labels: Int32Array.of(0, 1, 0, 1), classes: ['a', 'b'] }
 * const split = splitStratified(key(0), set, { fraction: 0.5, atLeast: 1 }) // Right { train, validation }
 * expect(E.map(({ validation }: Split) => countOf(validation))(split)).toEqual(E.right(2))
 * ```
 */
export const splitStratified = (
  key: Key,
  dataset: Dataset,
  { fraction = 0.2, atLeast = 2, copies = 'together' }: SplitOptions = {},
): E.Either<DataError, Split> => {
  checkSplit(fraction, atLeast)
  checkDataset(dataset)
  const { groups, names, shortage, remedy } = groupsToDivide(dataset)
  const short = shortage(atLeast + 1, `for a split that validates on ${String(atLeast)}`)
  if (short !== undefined) return E.left(new DataError(`${short}; add examples${remedy}`))
  const drawn = inOwnOrder(key, groups)
  const all = Array.from({ length: countOf(dataset) }, (_, i) => i)
  const held = heldBack({
    drawn,
    contents: copies === 'together' ? contents().numbersOf(dataset) : all,
    wanted: (count) => Math.max(atLeast, Math.round(fraction * count)),
    atLeast,
  })
  const missed = names.filter((_, i) => countIn(drawn[i] as readonly number[], held) < atLeast)
  if (missed.length > 0) return E.left(new DataError(copiesProblem(missed, atLeast)))
  const part = (isHeld: boolean): Dataset =>
    take(
      dataset,
      all.filter((i) => held.has(i) === isHeld),
    )
  return E.right({ train: part(false), validation: part(true) })
}

/** The number of places of a group that are held back. */
const countIn = (group: readonly number[], held: ReadonlySet<number>): number =>
  group.reduce((count, place) => count + Number(held.has(place)), 0)

const copiesProblem = (missed: readonly string[], atLeast: number): string => {
  const of = missed.some((name) => name !== '') ? ` of ${missed.join(', ')}` : ''
  return (
    `expected ${plural(atLeast, 'example')}${of} to validate on that are no copies of those to train on, got fewer; ` +
    "add examples, leave copies out with `distinct`, or take copies: 'apart' where examples are equal by their nature"
  )
}
