import { OptionError } from '@ptu/core'

/**
 * A rule that integrates along a path from 0 to 1 by values at the nodes and at both ends.
 *
 * `∫ g dy ≈ Σ_i g(t_i) · Σ_j increments[i][j] · y(s_j)` with `t` the nodes and `s = [0, ...t, 1]`.
 */
export interface PathRule {
  /** `t`, rising, between 0 and 1. */
  readonly nodes: readonly number[]
  /** `[nodes, nodes + 2]` */
  readonly increments: readonly Float64Array[]
}

/** The Legendre polynomial of degree `n` and its derivative at `x`. */
const legendre = (n: number, x: number): readonly [number, number] => {
  let [before, value] = [1, x]
  for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k]
  return [value, (n * (x * value - before)) / (x * x - 1)]
}

/** Nodes and weights of Gauss and Legendre on [0, 1], by Newton's method from Chebyshev's guess. */
export const gaussLegendre = (
  n: number,
): { readonly nodes: readonly number[]; readonly weights: readonly number[] } => {
  const rule = Array.from({ length: n }, (_, i) => {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    for (let step = 0; step < 8; step++) {
      const [value, slope] = legendre(n, x)
      x -= value / slope
    }
    const [, slope] = legendre(n, x)
    return { node: (1 + x) / 2, weight: 1 / ((1 - x * x) * slope * slope) }
  })
  return { nodes: rule.map(({ node }) => node), weights: rule.map(({ weight }) => weight) }
}

/** The derivative of the polynomial through the points: `derivative[i][j]` is that of the j-th cardinal one at point i. */
const differentiation = (points: readonly number[]): readonly Float64Array[] => {
  // Barycentric weights, as logarithms: products of a hundred small differences underflow.
  const logs = points.map((x, i) => points.reduce((sum, y, j) => (i === j ? sum : sum - Math.log(Math.abs(x - y))), 0))
  return points.map((x, i) => {
    const row = Float64Array.from(points, (y, j) =>
      i === j ? 0 : ((-1) ** (i + j) * Math.exp((logs[j] as number) - (logs[i] as number))) / (x - y),
    )
    row[i] = -row.reduce((sum, d) => sum + d, 0)
    return row
  })
}

/** The most nodes of a rule: the derivative has entries up to about their square. */
export const mostNodes = 200

/**
 * The rule of {@link PathRule} with `n` nodes of Gauss and Legendre.
 *
 * `dy` is the derivative of the polynomial through the values at the nodes and the ends, so that smooth paths converge
 * faster than any power of `n`, and a `y` that rises in a line is exact. Throws `OptionError` for an `n` outside 1 to 200.
 *
 * References:
 *   Berrut & Trefethen, "Barycentric Lagrange interpolation", SIAM Review 46(3), 2004, §9.3, https://doi.org/10.1137/S0036144502417715
 */
export const pathRule = (n: number): PathRule => {
  if (!(Number.isSafeInteger(n) && n >= 1 && n <= mostNodes))
    throw new OptionError(`expected a number of nodes from 1 to ${mostNodes}, got ${n}`)
  if (n === 1) return { nodes: [0.5], increments: [Float64Array.of(-1, 0, 1)] }
  const { nodes, weights } = gaussLegendre(n)
  const derivative = differentiation([0, ...nodes, 1])
  return {
    nodes,
    increments: weights.map((weight, i) => (derivative[i + 1] as Float64Array).map((d) => weight * d)),
  }
}
