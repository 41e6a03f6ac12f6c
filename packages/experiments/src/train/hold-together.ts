import type { NearCopy } from './near-copies.ts'

/** The examples that are held out together. */
export interface HeldTogether {
  /** A name for each example; those of one name are held out together. */
  readonly groups: readonly string[]
  /** The places of near copies that are held out together, each in the order of the data. */
  readonly near: readonly (readonly number[])[]
  /** The number of examples that have near copies but are not held out with them. */
  readonly apart: number
}

/** The known facts about the examples. */
export interface Likeness {
  /** A name for each example, equal for exact copies. */
  readonly exact: readonly string[]
  readonly copies: readonly NearCopy[]
  readonly labels: ArrayLike<number>
  /** The number of folds that are wanted. */
  readonly folds: number
}

/**
 * Joins near copies, and copies of copies, with exact ones into the groups that folds must not cut.
 *
 * Near copies that make up more than half of a class stay apart: a class that is held out as a whole cannot be learnt. So do
 * all where fewer groups than folds would be left. Exact copies stay together in any case.
 *
 * @example
 * ```ts
 * const copies = [{ first: 0, second: 2, similarity: 0.95 }]
 * const found = heldTogether({ exact: Array.from('abcdef'), copies, labels: [0, 0, 0, 0, 1, 1], folds: 2 })
 * expect(found.near).toEqual([[0, 2]])
 * expect(found.groups[2]).toBe(found.groups[0])
 * ```
 */
export const heldTogether = ({ exact, copies, labels, folds }: Likeness): HeldTogether => {
  const joined = joinedBy(exact, copies).filter(({ length }) => length > 1)
  const near = joined.filter((places) => new Set(places.map((place) => exact[place])).size > 1)
  const totals = countEach(Array.from(labels))
  const kept = near.filter((places) =>
    [...countEach(places.map((place) => labels[place] as number))].every(
      ([label, count]) => 2 * count <= (totals.get(label) ?? 0),
    ),
  )
  const groups = [...exact]
  for (const places of kept) for (const place of places) groups[place] = exact[places[0] as number] as string
  const apart = (some: readonly (readonly number[])[]): number => some.reduce((sum, { length }) => sum + length, 0)
  return new Set(groups).size < folds
    ? { groups: exact, near: [], apart: apart(near) }
    : { groups, near: kept, apart: apart(near) - apart(kept) }
}

const countEach = (values: readonly number[]): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** The places that equal names and copies join, in the order of the data. */
const joinedBy = (exact: readonly string[], copies: readonly NearCopy[]): readonly (readonly number[])[] => {
  const first = new Map<string, number>()
  for (const [place, name] of exact.entries()) if (!first.has(name)) first.set(name, place)
  const parents = exact.map((name) => first.get(name) as number)
  const rootOf = (place: number): number => {
    let at = place
    while (parents[at] !== at) at = parents[at] = parents[parents[at] as number] as number
    return at
  }
  for (const copy of copies) {
    const [a, b] = [rootOf(copy.first), rootOf(copy.second)]
    parents[Math.max(a, b)] = Math.min(a, b)
  }
  const members = new Map<number, number[]>()
  for (const place of exact.keys()) members.set(rootOf(place), [...(members.get(rootOf(place)) ?? []), place])
  return [...members.values()]
}
