import { OptionError } from '@ptu/core'

const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)

/**
 * `P(Z ≤ x)` of a standard normal `Z`, by `½ + φ(x) · (x + x³/3 + x⁵/(3·5) + …)`.
 *
 * References:
 *   Marsaglia, "Evaluating the normal distribution", J. Stat. Softw. 11(4), 2004, §3, https://doi.org/10.18637/jss.v011.i04
 */
export const normalProbability = (x: number): number => {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0
  let term = x
  let sum = 0
  for (let odd = 3; sum + term !== sum; odd += 2) {
    sum += term
    term *= (x * x) / odd
  }
  return 0.5 + density(x) * sum
}

/** The `x` with `P(Z ≤ x) = probability` of a standard normal `Z`, by Newton's method. */
export const normalQuantile = (probability: number): number => {
  if (!(probability > 0 && probability < 1))
    throw new OptionError(`expected a probability between 0 and 1, got ${String(probability)}`)
  // By symmetry only the upper half is solved; it is concave there, so Newton's steps from 0 stay below the root.
  const wanted = Math.max(probability, 1 - probability)
  let x = 0
  for (let round = 0; round < 100; round++) {
    const advance = (wanted - normalProbability(x)) / density(x)
    x += advance
    if (!(advance > 1e-15)) break
  }
  return Math.sign(probability - 0.5) * x
}
