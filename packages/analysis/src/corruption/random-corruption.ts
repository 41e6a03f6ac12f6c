import { split, uniforms, normals, permutation, type Key } from '@ptu/core'

import { checkSet, normOf, type CorruptionSet } from './corruption-set.ts'

/**
 * A random corruption of `size` parameters with the norm ε, in the same set as the worst one: the control.
 *
 * Its `n` places are drawn at random. Their values are normal numbers scaled to the norm, so that for p = 2 every direction
 * is as likely as another; for p = ∞ they are ±ε with random signs; for p = 1 as for p = 2, scaled to that norm.
 *
 * Throws `OptionError` for a set that is not defined.
 *
 * @example
 * ```ts
 * const drawn = randomCorruption(key(0), 100, { p: Infinity, epsilon: 0.1, n: 3 })
 * expect(drawn.filter((x) => Math.abs(x) === 0.1).length).toBe(3)
 * ```
 */
export const randomCorruption = (from: Key, size: number, set: Omit<CorruptionSet, 'relative'>): Float64Array => {
  checkSet(set)
  const { p, epsilon, n = size } = set
  const [order = from, values = from] = split(from, 2)
  const count = Math.min(n, size)
  const drawn =
    p === Infinity
      ? Float64Array.from(uniforms(values, count), (u) => (u < 0.5 ? -1 : 1))
      : Float64Array.from(normals(values, count))
  const unit = epsilon / normOf(drawn, p)
  const corruption = new Float64Array(size)
  const places = count === size ? undefined : permutation(order, size)
  drawn.forEach((x, i) => (corruption[places?.[i] ?? i] = unit * x))
  return corruption
}
