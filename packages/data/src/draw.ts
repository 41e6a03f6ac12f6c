import { foldIn, OptionError, permutation, type Key } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

import { checkDataset } from './check-dataset.ts'
import { contents } from './contents.ts'
import { countOf, indicesByClass, take, type Dataset } from './dataset.ts'
import { DataError, plural } from './errors.ts'
import { heldBack } from './hold-back.ts'

/** The same examples in a random order, each order as likely as another. */
export const shuffle = (key: Key, dataset: Dataset): Dataset => take(dataset, permutation(key, countOf(dataset)))

/**
 * The groups that are drawn from one by one: each class or, if a sequence has a tag at each step, all sequences
 * together.
 */
const groupsOf = (dataset: Dataset): readonly (readonly number[])[] =>
  dataset.tagged === true ? [Array.from({ length: countOf(dataset) }, (_, i) => i)] : indicesByClass(dataset)

/** Each group's examples in a random order of its own. */
const drawnByGroup = (key: Key, dataset: Dataset): readonly (readonly number[])[] =>
  groupsOf(dataset).map((group, label) =>
    [...permutation(foldIn(key, label), group.length)].map((i) => group[i] as number),
  )

/** A message that names each class with fewer than `wanted` examples, or undefined. */
const shortage = (dataset: Dataset, wanted: number, why: string): string | undefined => {
  if (dataset.tagged === true)
    return countOf(dataset) < wanted
      ? `expected at least ${plural(wanted, 'sequence')} ${why}, got ${String(countOf(dataset))}`
      : undefined
  const short = indicesByClass(dataset).flatMap((group, label) =>
    group.length < wanted ? [`class ${String(dataset.classes[label])} has ${plural(group.length, 'example')}`] : [],
  )
  return short.length === 0
    ? undefined
    : `expected at least ${plural(wanted, 'example')} per class ${why}, but ${short.join(', ')}`
}

/**
 * Draws `shots` examples of every class without repetition, class by class. From tagged sequences it draws `shots`
 * sequences.
 *
 * Draws with one key are nested: the 5-shot set is part of the 10-shot set. A Left names every class that has fewer
 * examples than `shots`. Throws `OptionError` unless `shots` is a positive integer.
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
  const short = shortage(dataset, shots, `for ${plural(shots, 'shot')}`)
  if (short !== undefined)
    return E.left(new DataError(`${short}; ask for fewer shots, add examples or leave the class out`))
  return E.right(
    take(
      dataset,
      drawnByGroup(key, dataset).flatMap((group) => group.slice(0, shots)),
    ),
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
 * on. Tagged sequences are held back whole, out of all sequences.
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
  const short = shortage(dataset, atLeast + 1, `for a split that validates on ${String(atLeast)}`)
  if (short !== undefined) return E.left(new DataError(`${short}; add examples or lower \`atLeast\``))
  const drawn = drawnByGroup(key, dataset)
  const all = Array.from({ length: countOf(dataset) }, (_, i) => i)
  const held = heldBack({
    drawn,
    contents: copies === 'together' ? contents().numbersOf(dataset) : all,
    wanted: (count) => Math.max(atLeast, Math.round(fraction * count)),
    atLeast,
  })
  const missed = missedBy(drawn, held, atLeast)
  if (missed.length > 0) return E.left(new DataError(copiesProblem(dataset, missed, atLeast)))
  const part = (isHeld: boolean): Dataset =>
    take(
      dataset,
      all.filter((i) => held.has(i) === isHeld),
    )
  return E.right({ train: part(false), validation: part(true) })
}

/** The classes of which fewer than `atLeast` examples are held. */
const missedBy = (
  drawn: readonly (readonly number[])[],
  held: ReadonlySet<number>,
  atLeast: number,
): readonly number[] =>
  drawn.flatMap((group, label) => (group.filter((i) => held.has(i)).length < atLeast ? [label] : []))

const copiesProblem = ({ classes, tagged }: Dataset, missed: readonly number[], atLeast: number): string => {
  const of = tagged === true ? '' : ` of ${missed.map((label) => `class ${String(classes[label])}`).join(', ')}`
  return (
    `expected ${plural(atLeast, 'example')}${of} to validate on that are no copies of those to train on, got fewer; ` +
    "add examples, leave copies out with `distinct`, or take copies: 'apart' where examples are equal by their nature"
  )
}
