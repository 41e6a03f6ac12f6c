import { OptionError } from '@ptu/core'

/** The probability of `|T| < √ν · tan θ` and its derivative by θ. */
interface Central {
  readonly probability: number
  readonly slope: number
}

/**
 * The finite series of `P(|T| < √ν · tan θ)` for a whole number ν of degrees of freedom.
 *
 * References:
 *   Abramowitz & Stegun, "Handbook of mathematical functions", 1964, §26.7.3-26.7.4, https://personal.math.ubc.ca/~cbm/aands/
 */
const central = (theta: number, degrees: number): Central => {
  const [sine, cosine] = [Math.sin(theta), Math.cos(theta)]
  const isOdd = degrees % 2 === 1
  const scale = isOdd ? 2 / Math.PI : 1
  let term = isOdd ? cosine : 1
  let sum = 0
  for (let power = isOdd ? 3 : 2; power <= degrees; power += 2) {
    sum += term
    term *= (cosine * cosine * (power - 1)) / power
  }
  const probability = scale * ((isOdd ? theta : 0) + sine * sum)
  // The series' next term is, up to ν / cos θ, the density of θ.
  return { probability, slope: (scale * degrees * term) / cosine }
}

/**
 * The `t` with `P(T ≤ t) = probability` for Student's distribution of a whole number of degrees of freedom.
 *
 * Newton's method in θ, where `t = √ν · tan θ`. The probability is concave in θ, so every step stays below the root.
 *
 * Throws `OptionError` on a probability outside (0, 1) or degrees of freedom that are not a positive integer.
 *
 * @example
 * ```ts
 * expect(studentQuantile(0.975, 4)).toBeCloseTo(2.776, 3)
 * ```
 */
export const studentQuantile = (probability: number, degrees: number): number => {
  if (!(probability > 0 && probability < 1))
    throw new OptionError(`expected a probability between 0 and 1, got ${String(probability)}`)
  if (!Number.isInteger(degrees) || degrees < 1)
    throw new OptionError(`expected a positive integer as degrees of freedom, got ${String(degrees)}`)
  const wanted = Math.abs(2 * probability - 1)
  let theta = 0
  for (let round = 0; round < 100; round++) {
    const { probability: reached, slope } = central(theta, degrees)
    const advance = (wanted - reached) / slope
    theta += advance
    if (!(advance > 1e-15)) break
  }
  return Math.sign(probability - 0.5) * Math.sqrt(degrees) * Math.tan(theta)
}
