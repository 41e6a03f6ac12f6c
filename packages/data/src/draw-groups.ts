import { countOf, indicesByClass, type Dataset } from './dataset.ts'
import { plural } from './errors.ts'
import type { Targets } from './targets.ts'

/** The groups that examples are drawn from one by one. */
export interface Grouping {
  /** The places of the examples of each group; an example may be in several. */
  readonly groups: readonly (readonly number[])[]
  /** The names of the first groups: those of which every part of a split has some. */
  readonly names: readonly string[]
  /** A message where a group has fewer than `wanted` examples, or undefined. */
  readonly shortage: (wanted: number, why: string) => string | undefined
  /** The way out of a shortage, after fewer examples or more. */
  readonly remedy: string
  /** Tells that an example may be in several groups. */
  readonly overlaps: boolean
}

/** The number of groups of equal size that numbers are drawn from, from the lowest to the highest. */
const parts = 10

/** All examples as groups of which none must have a name. */
const unnamed = (dataset: Dataset, one: string, groups: Grouping['groups'], of = ''): Grouping => ({
  groups,
  names: [''],
  shortage: (wanted, why) =>
    countOf(dataset) < wanted * groups.length
      ? `expected at least ${plural(wanted * groups.length, one)} ${why}${of}, got ${String(countOf(dataset))}`
      : undefined,
  remedy: '',
  overlaps: false,
})

const shortGroups =
  (groups: Grouping['groups'], names: readonly string[], each: string): Grouping['shortage'] =>
  (wanted, why) => {
    const short = names.flatMap((name, i) => {
      const length = groups[i]?.length ?? 0
      return length < wanted ? [`${name} has ${plural(length, 'example')}`] : []
    })
    return short.length === 0
      ? undefined
      : `expected at least ${plural(wanted, 'example')} ${each} ${why}, but ${short.join(', ')}`
  }

const allOf = (dataset: Dataset): readonly number[] => Array.from({ length: countOf(dataset) }, (_, i) => i)

const byClass = (dataset: Dataset): Grouping => {
  const groups = indicesByClass(dataset)
  const names = dataset.classes.map((name) => `class ${name}`)
  return {
    ...{ groups, names, shortage: shortGroups(groups, names, 'per class') },
    ...{ remedy: ' or leave the class out', overlaps: false },
  }
}

/** The examples with each label on, the rarest label first, then those without any. */
const byLabel = (dataset: Dataset, { values }: Targets): Grouping => {
  const { classes } = dataset
  const { length: width } = classes
  const isOn = (place: number, label: number): boolean => values[place * width + label] === 1
  const labels = classes
    .map((name, label) => ({ name: `label ${name}`, places: allOf(dataset).filter((place) => isOn(place, label)) }))
    .toSorted((a, b) => a.places.length - b.places.length)
  const without = allOf(dataset).filter((place) => !classes.some((_, label) => isOn(place, label)))
  const groups = [...labels.map(({ places }) => places), without]
  const names = labels.map(({ name }) => name)
  return {
    // A part of a split may lack a label that comes with others only.
    ...{ groups, names: [], shortage: shortGroups(groups, names, 'with each label') },
    ...{ remedy: ' or leave the label out', overlaps: true },
  }
}

/** Ten groups of equal size, but for one example, by the numbers of the examples; the first of equals first. */
const byTenth = (dataset: Dataset, { values }: Targets): Grouping => {
  const all = allOf(dataset)
  const ranked = all.toSorted((a, b) => (values[a] as number) - (values[b] as number) || a - b)
  const groups = Array.from({ length: parts }, (_, part) =>
    ranked.filter((_place, rank) => Math.floor((parts * rank) / all.length) === part),
  )
  return unnamed(dataset, 'example', groups, ' of each tenth of the numbers')
}

/** The groups of each kind of targets: those that few examples are drawn from, and those that a split divides. */
const targetGroups: Readonly<
  Record<Targets['kind'], { readonly drawn: typeof byLabel; readonly divided: typeof byLabel }>
> = {
  'multi-label': { drawn: byLabel, divided: byLabel },
  regress: { drawn: byTenth, divided: (dataset) => unnamed(dataset, 'example', [allOf(dataset)]) },
}

const groupsFor =
  (use: 'drawn' | 'divided') =>
  (dataset: Dataset): Grouping => {
    const { targets, tagged } = dataset
    if (targets !== undefined) return targetGroups[targets.kind][use](dataset, targets)
    return tagged === true ? unnamed(dataset, 'sequence', [allOf(dataset)]) : byClass(dataset)
  }

/**
 * The groups that few examples are drawn from: each class; all sequences together where each has a tag at each step; the
 * examples with each label on, and those without any; each tenth of the numbers.
 */
export const groupsToDraw: (dataset: Dataset) => Grouping = groupsFor('drawn')

/** The groups that a split divides: those that few examples are drawn from, but all numbers together. */
export const groupsToDivide: (dataset: Dataset) => Grouping = groupsFor('divided')

/**
 * The places that are drawn from groups in rounds until `shots` of each group are drawn, or all that it has. A group to which
 * others brought enough draws none in that round.
 *
 * Groups that share no example give the first `shots` of each. Fewer shots draw a part of these places.
 */
export const drawnInRounds = (groups: Grouping['groups'], shots: number): readonly number[] => {
  const memberOf = new Map<number, number[]>()
  groups.forEach((group, g) => {
    for (const place of group) memberOf.set(place, [...(memberOf.get(place) ?? []), g])
  })
  const [counts, next] = [groups.map(() => 0), groups.map(() => 0)]
  const drawn = new Set<number>()
  for (let round = 1; round <= shots; round++)
    groups.forEach((group, g) => {
      while ((counts[g] as number) < round && (next[g] as number) < group.length) {
        const place = group[(next[g] as number)++] as number
        if (drawn.has(place)) continue
        drawn.add(place)
        for (const member of memberOf.get(place) ?? []) counts[member] = (counts[member] as number) + 1
      }
    })
  return [...drawn]
}
