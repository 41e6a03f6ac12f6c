import { OptionError, permutation, type Key } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

import { countOf, type Dataset } from './dataset.ts'
import { DataError, plural } from './errors.ts'

/** The options of {@link foldsStratified}. */
export interface FoldOptions {
  /** A name for each example; examples of one name stay in one fold. Unless given, each example is on its own. */
  readonly groups?: ArrayLike<string | number>
}

/** Examples that stay together, and the number of each class among them. */
interface Unit {
  readonly indices: readonly number[]
  readonly classes: ReadonlyMap<number, number>
}

/** The contents of a fold so far. */
interface Fold {
  readonly indices: number[]
  readonly classes: Map<number, number>
}

const classOf = (dataset: Dataset, example: number): number =>
  dataset.tagged === true ? 0 : (dataset.labels[example] ?? 0)

const countClasses = (dataset: Dataset, indices: readonly number[]): Map<number, number> => {
  const counts = new Map<number, number>()
  for (const i of indices) counts.set(classOf(dataset, i), (counts.get(classOf(dataset, i)) ?? 0) + 1)
  return counts
}

const checkGroups = (count: number, groups: ArrayLike<string | number> | undefined): void => {
  if (groups !== undefined && groups.length !== count)
    throw new OptionError(`expected a group for each of ${plural(count, 'example')}, got ${String(groups.length)}`)
}

/** The units that are dealt to the folds, largest first: small ones can even out what large ones leave. */
const unitsOf = (key: Key, dataset: Dataset, groups: ArrayLike<string | number> | undefined): readonly Unit[] => {
  const members = new Map<string | number, number[]>()
  for (const i of permutation(key, countOf(dataset))) {
    const name = groups?.[i] ?? i
    const known = members.get(name)
    if (known === undefined) members.set(name, [i])
    else known.push(i)
  }
  return [...members.values()]
    .map((indices) => ({ indices, classes: countClasses(dataset, indices) }))
    .sort((a, b) => b.indices.length - a.indices.length)
}

/** The crowding that a unit would cause in a fold: `Σ over classes of held · added / total²`. */
const crowding = (fold: Fold, unit: Unit, totals: ReadonlyMap<number, number>): number =>
  [...unit.classes].reduce((sum, [label, added]) => {
    const total = totals.get(label) ?? 1
    return sum + ((fold.classes.get(label) ?? 0) * added) / (total * total)
  }, 0)

/** The fold where a unit crowds least; of equal ones that with the fewest examples, then the first. */
const roomiest = (folds: readonly Fold[], unit: Unit, totals: ReadonlyMap<number, number>): Fold => {
  const rated = folds.map((fold) => ({ fold, crowded: crowding(fold, unit, totals), size: fold.indices.length }))
  return rated.reduce((best, next) =>
    next.crowded < best.crowded || (next.crowded === best.crowded && next.size < best.size) ? next : best,
  ).fold
}

/**
 * Divides all examples into `k` folds to validate on: each is in one fold, and each class is spread evenly.
 *
 * The numbers of examples of a class differ by at most one between folds. Tagged sequences stay whole, and the sizes of
 * the folds differ by at most one. With `groups` the examples of a group stay in one fold: the largest groups are
 * placed first, each where its classes are rarest. Classes are then as even as the groups allow. Each fold lists its
 * examples in the order of the data, as `take` wants them.
 *
 * A Left if there are fewer examples, or groups, than folds. Throws `OptionError` unless `k` is an integer of at least
 * 2 and there are as many groups as examples.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: new Uint8Array(6), labels: Int32Array.of(0, 0, 0, 0, 1, 1), classes: ['a', 'b'] }
 * const folds = foldsStratified(key(0), set, 2) // Right: two lists of three indices
 * expect(E.map((lists: readonly (readonly number[])[]) => lists.map(({ length }) => length))(folds)).toEqual(E.right([3, 3]))
 * ```
 */
export const foldsStratified = (
  key: Key,
  dataset: Dataset,
  k: number,
  { groups }: FoldOptions = {},
): E.Either<DataError, readonly (readonly number[])[]> => {
  if (!Number.isInteger(k) || k < 2) throw new OptionError(`expected at least 2 folds, got ${String(k)}`)
  checkGroups(countOf(dataset), groups)
  const units = unitsOf(key, dataset, groups)
  if (units.length < k)
    return E.left(
      new DataError(
        `expected at least ${plural(k, groups === undefined ? 'example' : 'group')} for as many folds, ` +
          `got ${String(units.length)}; ask for fewer folds or add examples`,
      ),
    )
  const totals = countClasses(
    dataset,
    units.flatMap(({ indices }) => indices),
  )
  const folds = Array.from({ length: k }, (): Fold => ({ indices: [], classes: new Map() }))
  for (const unit of units) {
    const fold = roomiest(folds, unit, totals)
    for (const i of unit.indices) fold.indices.push(i)
    for (const [label, added] of unit.classes) fold.classes.set(label, (fold.classes.get(label) ?? 0) + added)
  }
  return E.right(folds.map(({ indices }) => indices.sort((a, b) => a - b)))
}
