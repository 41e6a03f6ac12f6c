import type { UnitEffort } from './unit-patches.ts'

/** The extent of what is looked at. */
export interface Effort {
  readonly severities: readonly number[]
  /** The most examples that shifts are tried on. */
  readonly shifted: number
  /** The pictures that heat maps are made of, and checked by. */
  readonly pictures: number
  /** The cells along a side of a heat map. */
  readonly side: number
  /** The number of times that a column is shuffled. */
  readonly repeats: number
  readonly units: UnitEffort
  /** The most examples that fragile parameters are found and judged by. */
  readonly fragile: number
}

/** The units of a class, and the patches of a unit, that are shown. */
const shownUnits = { units: 3, patches: 3 } as const

/** The part of the change of a logit that conductance may miss before more nodes are taken. */
const tolerance = 0.005

/** The extent of a whole or of a quick explanation. */
export const effortOf = (quick: boolean): Effort =>
  quick
    ? {
        severities: [2, 4],
        shifted: 32,
        pictures: 8,
        side: 5,
        repeats: 2,
        units: { ...shownUnits, tolerance, examples: 3, nodes: 10, mostNodes: 40, searched: 32 },
        fragile: 64,
      }
    : {
        severities: [1, 2, 3, 4, 5],
        shifted: 100,
        pictures: 24,
        side: 8,
        repeats: 5,
        units: { ...shownUnits, tolerance, examples: 6, nodes: 50, mostNodes: 200, searched: 100 },
        fragile: 200,
      }
