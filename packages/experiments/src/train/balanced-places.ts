import { foldIn, key } from '@ptu/core'
import { balanceDraws, classCounts } from '@ptu/data'

import { probeName } from './candidate.ts'

/** The most that balancing makes of a number of examples: they are copied. */
const mostTimes = 4

/** The examples that are drawn from, and the randomness of the draw. */
export interface BalanceRequest {
  /** The class of each example. */
  readonly labels: Int32Array
  readonly classes: number
  readonly seed: number
  /** Tells the draws of one seed apart: the number of a fold. */
  readonly turn: number
}

/**
 * Draws from some places so that every class comes equally often, `[drawn]`: rare ones come again and again.
 *
 * As many are drawn as bring each class to the count of the commonest, but at most four times the places that there are.
 * The same request gives the same draw.
 *
 * @example
 * ```ts
 * const drawn = balancedPlaces([4, 0, 1, 2], { labels: Int32Array.of(0, 0, 0, 0, 1), classes: 2, seed: 0, turn: 0 })
 * expect([...drawn].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 4, 4, 4])
 * ```
 */
export const balancedPlaces = (
  places: readonly number[],
  { labels, classes, seed, turn }: BalanceRequest,
): Int32Array => {
  const own = Int32Array.from(places, (place) => labels[place] as number)
  const counts = classCounts(own, classes).filter((count) => count > 0)
  const wanted = counts.length * counts.reduce((most, count) => Math.max(most, count), 0)
  const drawn = balanceDraws(
    foldIn(foldIn(key(seed), 0xba1a), turn),
    own,
    classes,
    Math.min(wanted, mostTimes * places.length),
  )
  return Int32Array.from(drawn, (i) => places[i] as number)
}

/**
 * The note that a shipped linear probe was not balanced: it learns each example once.
 *
 * @example
 * ```ts
 * expect(balanceNotes({ balance: true }, 'probe')).toHaveLength(1)
 * expect(balanceNotes({ balance: true }, 'scratch')).toEqual([])
 * ```
 */
export const balanceNotes = (
  { balance = false }: { readonly balance?: boolean },
  shipped: string,
): readonly string[] =>
  balance && shipped === probeName
    ? [
        'the linear probe, which is shipped, learns every example once, however rare its class; networks are trained on every ' +
          'class equally often: compare the balanced accuracies, and name one with --method to ship it',
      ]
    : []
