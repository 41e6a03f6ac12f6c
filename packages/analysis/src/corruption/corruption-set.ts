import { OptionError } from '@ptu/core'

/**
 * The set of corruptions `S(p, ε, n) = { a : ‖a‖_p ≤ ε, at most n entries of a are not 0 }`.
 *
 * References:
 *   Sun, Zhang, Ren, Luo & Li, "Exploring the vulnerability of deep neural networks: a study of parameter corruption", AAAI 2021, §3, https://arxiv.org/abs/2006.05620
 */
export interface CorruptionSet {
  /** The order of the norm, from 1 to `Infinity`. */
  readonly p: number
  /** The largest norm ε, above 0. With `relative` it is in units of the norm of the parameters. */
  readonly epsilon: number
  /** The most parameters that may change; all unless given. */
  readonly n?: number
  /**
   * Measures ε in units of the p-norm of the parameters that may change, so that groups of different scale can be
   * compared. Default false.
   */
  readonly relative?: boolean
}

/** Throws `OptionError` for a set that is empty or not defined. */
export const checkSet = ({ p, epsilon, n }: CorruptionSet): void => {
  if (!(p >= 1)) throw new OptionError(`corruption: expected p from 1 to Infinity, got ${p}`)
  if (!(epsilon > 0 && epsilon < Infinity))
    throw new OptionError(`corruption: expected a finite epsilon above 0, got ${epsilon}`)
  if (n !== undefined && !(Number.isSafeInteger(n) && n >= 1))
    throw new OptionError(
      `corruption: expected n to be a whole number from 1, got ${n}; leave it out to move all parameters`,
    )
}

/** The p-norm `(Σ |x|^p)^(1/p)`, the largest `|x|` for `p = Infinity`; scaled so that no power overflows. */
export const normOf = (values: ArrayLike<number>, p: number): number => {
  const sizes = Float64Array.from(values, Math.abs)
  const most = sizes.reduce((a, b) => Math.max(a, b), 0)
  if (most === 0 || p === Infinity) return most
  return most * sizes.reduce((sum, size) => sum + (size / most) ** p, 0) ** (1 / p)
}

/** The places of the `n` largest `|x|` in rising order; among equals the first. */
export const largestPlaces = (values: ArrayLike<number>, n: number): readonly number[] => {
  if (n >= values.length) return Array.from(values, (_, i) => i)
  const sizes = Float64Array.from(values, Math.abs)
  const sorted = sizes.slice().sort()
  const threshold = sorted[sorted.length - n] as number
  let ties = n - sizes.reduce((count, size) => count + (size > threshold ? 1 : 0), 0)
  const places: number[] = []
  for (const [i, size] of sizes.entries()) if (size > threshold || (size === threshold && ties-- > 0)) places.push(i)
  return places
}
