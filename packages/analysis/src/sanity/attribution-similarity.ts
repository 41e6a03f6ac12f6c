import { OptionError } from '@ptu/core'

import type { Attribution } from '../attribution/attribution.ts'
import { cosine, rankCorrelation } from './rank-correlation.ts'

/** The numbers of two attributions that are compared. */
export interface SimilarityOptions {
  /** Compares sizes without signs. Default false. */
  readonly absolute?: boolean
  /** Leaves out the units that have the attribution 0 in both, such as inputs that equal their baseline. Default false. */
  readonly withoutZeros?: boolean
}

/** The likeness of two attributions of the same examples: means over the examples for which they are defined. */
export interface AttributionSimilarity {
  /** Spearman's rank correlation. */
  readonly rank: number
  /** The cosine of the angle between them: units of opposite sign count against it. */
  readonly cosine: number
  /** The part of the units, not 0 in either, that have the same sign; 1 for absolute values. */
  readonly signs: number
  /** The number of examples that were compared; those with one value only are left out. */
  readonly examples: number
}

/**
 * Compares two attributions of the same units and examples, example by example.
 *
 * Absolute values of unrelated attributions still correlate, because both are 0 or small where the input is: compare signed
 * values, without the zeros they share, to test whether an attribution depends on the network. Throws `OptionError` for
 * attributions of different shapes, or with a NaN.
 *
 * @example
 * ```ts
 * const a = { shape: [1, 4], values: Float32Array.of(3, -2, 1, 0) }
 * const b = { shape: [1, 4], values: Float32Array.of(3, 2, -1, 0) }
 * expect(attributionSimilarity(a, b, { absolute: true }).rank).toBeCloseTo(1)
 * expect(attributionSimilarity(a, b, { withoutZeros: true }).signs).toBeCloseTo(1 / 3)
 * ```
 *
 * References:
 *   Adebayo, Gilmer, Muelly, Goodfellow, Hardt & Kim, "Sanity checks for saliency maps", NeurIPS 2018, §3, https://arxiv.org/abs/1810.03292
 *   Sundararajan & Taly, "A note about: local explanation methods for deep neural networks lack sensitivity to parameter values", 2018 (signs), https://arxiv.org/abs/1806.04205
 */
export const attributionSimilarity = (
  a: Attribution,
  b: Attribution,
  { absolute = false, withoutZeros = false }: SimilarityOptions = {},
): AttributionSimilarity => {
  if (a.shape.join() !== b.shape.join())
    throw new OptionError(
      `attributionSimilarity: expected attributions of one shape, got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`,
    )
  const examples = a.shape[0] ?? 0
  const size = a.values.length / Math.max(examples, 1)
  const compared = Array.from({ length: examples }, (_, example) => {
    const own = ({ values }: Attribution): Float32Array => values.subarray(example * size, (example + 1) * size)
    const [x, y] = [own(a), own(b)]
    const kept = Array.from(x, (_value, i) => i).filter((i) => !withoutZeros || x[i] !== 0 || y[i] !== 0)
    const numbers = (values: Float32Array): number[] =>
      kept.map((i) => (absolute ? Math.abs(values[i] as number) : (values[i] as number)))
    return compare(numbers(x), numbers(y))
  }).filter(({ rank }) => !Number.isNaN(rank))
  const mean = (of: (found: Omit<AttributionSimilarity, 'examples'>) => number): number =>
    compared.reduce((sum, found) => sum + of(found), 0) / compared.length
  return {
    rank: mean(({ rank }) => rank),
    cosine: mean((found) => found.cosine),
    signs: mean(({ signs }) => signs),
    examples: compared.length,
  }
}

const compare = (x: readonly number[], y: readonly number[]): Omit<AttributionSimilarity, 'examples'> => {
  const signed = x.flatMap((value, i) => (value * (y[i] as number) === 0 ? [] : [value * (y[i] as number) > 0 ? 1 : 0]))
  const agreeing = signed.reduce<number>((sum, agrees) => sum + agrees, 0)
  return {
    rank: rankCorrelation(x, y),
    cosine: cosine(x, y),
    signs: signed.length === 0 ? 0 : agreeing / signed.length,
  }
}
