/** The options of {@link heldBack}: the examples, and how many to hold back. */
export interface HoldBackOptions {
  /** The examples of each class, in the order in which they were drawn: `[classes][count of the class]`. */
  readonly drawn: readonly (readonly number[])[]
  /** The number of each example's content: examples with equal numbers stay together. */
  readonly contents: ArrayLike<number>
  /** The number of examples to hold back of a class of `count`. */
  readonly wanted: (count: number) => number
  /** The fewest of each class. */
  readonly atLeast: number
}

/** Examples with one content. */
interface Copies {
  readonly members: number[]
  /** The number of them in each class. */
  readonly counts: Map<number, number>
}

/**
 * Chooses the examples to hold back: of each class the first that were drawn, each with its copies of all classes.
 *
 * A group of copies is taken if it brings its class nearer to the wanted number, or if the class has fewer than
 * `atLeast`. A group that would leave a class without an example is passed over. Without copies these are the first
 * `wanted` of each class.
 */
export const heldBack = ({ drawn, contents, wanted, atLeast }: HoldBackOptions): ReadonlySet<number> => {
  const copies = copiesOf(drawn, contents)
  const held = new Set<number>()
  const counts = drawn.map(() => 0)
  const countOf = (label: number): number => counts[label] as number
  const leavesOne = (group: Copies): boolean =>
    [...group.counts].every(([label, count]) => countOf(label) + count < (drawn[label]?.length ?? 0))
  const hold = (group: Copies): void => {
    for (const i of group.members) held.add(i)
    for (const [label, count] of group.counts) counts[label] = countOf(label) + count
  }
  drawn.forEach((examples, label) => {
    const groups = new Set(examples.map((i) => copies.get(contents[i] as number) as Copies))
    const holdWhere = (helps: (before: number, after: number) => boolean): void => {
      for (const group of groups) {
        const [before, own] = [countOf(label), group.counts.get(label) ?? 0]
        const isFree = !held.has(group.members[0] as number)
        if (isFree && helps(before, before + own) && leavesOne(group)) hold(group)
      }
    }
    const distance = (count: number): number => Math.abs(count - wanted(examples.length))
    holdWhere((before, after) => distance(after) < distance(before))
    holdWhere((before) => before < atLeast)
  })
  return held
}

const copiesOf = (drawn: readonly (readonly number[])[], contents: ArrayLike<number>): ReadonlyMap<number, Copies> => {
  const copies = new Map<number, Copies>()
  drawn.forEach((examples, label) => {
    for (const i of examples) {
      const content = contents[i] as number
      const group = copies.get(content) ?? { members: [], counts: new Map<number, number>() }
      group.members.push(i)
      group.counts.set(label, (group.counts.get(label) ?? 0) + 1)
      copies.set(content, group)
    }
  })
  return copies
}
