import { stream, split, type Key } from '@ptu/core'

/** Draws of Dirichlet(1, …, 1): weights of `count` examples that sum to 1, from normalised exponential variates. */
export const dirichletDraws = (key: Key, draws: number, count: number): readonly Float64Array[] =>
  split(key, draws).map((drawKey) => {
    const next = stream(drawKey)
    const exponentials = Float64Array.from({ length: count }, () => -Math.log((next() + 1) * 2 ** -32))
    const total = exponentials.reduce((sum, x) => sum + x, 0)
    return exponentials.map((x) => x / total)
  })

/**
 * Weighs hypotheses by their losses on the same examples: pseudo-Bayesian model averaging with the Bayesian bootstrap.
 *
 * `w_o = mean over draws ω of softmax_o( -n·Σ_i ω_i·ℓ_oi + π_o )`
 *
 * with `ℓ_oi` the leave-one-out loss of example `i` under hypothesis `o`, `n` the number of examples, `ω` Dirichlet
 * weights of the examples and `π_o` the log prior of the hypothesis, up to a constant. The draws keep a few examples
 * from passing for certainty.
 *
 * References:
 *   Yao, Vehtari, Simpson & Gelman, "Using stacking to average Bayesian predictive distributions", Bayesian Analysis 13, 2018, §3.4, https://doi.org/10.1214/17-BA1091
 */
export const bootstrapWeights = (
  losses: readonly Float64Array[],
  logPriors: readonly number[],
  draws: readonly Float64Array[],
): readonly number[] => {
  const sums = losses.map(() => 0)
  for (const draw of draws) {
    const scores = losses.map((loss, o) => (logPriors[o] ?? 0) - loss.length * weighted(loss, draw))
    softmax(scores).forEach((weight, o) => {
      sums[o] = (sums[o] ?? 0) + weight / draws.length
    })
  }
  return sums
}

/** `softmax(x)_o = exp(x_o) / Σ exp(x)`, without overflow. */
export const softmax = (scores: readonly number[]): readonly number[] => {
  const top = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - top))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return powers.map((power) => power / total)
}

const weighted = (values: Float64Array, weights: Float64Array): number =>
  values.reduce((sum, value, i) => sum + value * (weights[i] as number), 0)
