import { OptionError } from '@ptu/core'

/** The rank of each number, from 1 for the smallest; equal numbers have the mean of their ranks. */
const ranksOf = (values: ArrayLike<number>): Float64Array => {
  const order = Array.from(values, (_, i) => i).sort((i, j) => (values[i] as number) - (values[j] as number))
  const ranks = new Float64Array(values.length)
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++
    for (let i = from; i < to; i++) ranks[order[i] as number] = (from + 1 + to) / 2
  }
  return ranks
}

/** The cosine of the angle between two lists of numbers; NaN where one has only zeros. */
export const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number]
    ab += x * y
    aa += x * x
    bb += y * y
  }
  return aa === 0 || bb === 0 ? NaN : ab / Math.sqrt(aa * bb)
}

/**
 * Spearman's rank correlation of two lists of numbers, from -1 to 1; NaN where one list has only one value.
 *
 * Equal numbers share the mean of their ranks. Throws `OptionError` for lists of different length, or with a NaN in one.
 *
 * @example
 * ```ts
 * expect(rankCorrelation([1, 2, 3, 4], [10, 100, 1000, 10000])).toBeCloseTo(1)
 * ```
 *
 * References:
 *   Spearman, "The proof and measurement of association between two things", American Journal of Psychology 15, 1904, https://doi.org/10.2307/1412159
 */
export const rankCorrelation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length)
    throw new OptionError(`rankCorrelation: expected two lists of one length, got ${a.length} and ${b.length} numbers`)
  for (const list of [a, b]) {
    const odd = Array.prototype.findIndex.call(list, Number.isNaN)
    if (odd >= 0)
      throw new OptionError(
        `rankCorrelation: expected numbers that have a rank, entry ${odd} is NaN; check what gave it`,
      )
  }
  const middle = (a.length + 1) / 2
  return cosine(
    ranksOf(a).map((rank) => rank - middle),
    ranksOf(b).map((rank) => rank - middle),
  )
}
