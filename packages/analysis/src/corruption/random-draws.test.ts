import { foldIn, key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { randomCorruption } from './random-corruption.ts'
import { worstCase } from './worst-case.ts'

const [examples, features, classes] = [40, 6, 3]
const inputs = normals(key(1), examples * features)

/** The mean cross-entropy of softmax regression in float64, and its gradient where that is asked for: kernel, then bias. */
const riskOf = (w: Float64Array, gradient?: Float64Array): number => {
  let risk = 0
  for (let i = 0; i < examples; i++) {
    const z = Array.from({ length: classes }, (_, k) => {
      let sum = w[features * classes + k] ?? NaN
      for (let j = 0; j < features; j++) sum += (inputs[i * features + j] ?? NaN) * (w[j * classes + k] ?? NaN)
      return sum
    })
    const total = Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0))
    risk += (total - (z[i % classes] ?? NaN)) / examples
    if (gradient === undefined) continue
    for (const [k, value] of z.entries()) {
      const error = (Math.exp(value - total) - (k === i % classes ? 1 : 0)) / examples
      for (let j = 0; j <= features; j++) {
        const at = j * classes + k
        gradient[at] = (gradient[at] ?? NaN) + error * (j === features ? 1 : (inputs[i * features + j] ?? NaN))
      }
    }
  }
  return risk
}

describe('the worst corruption in float64', () => {
  const w = Float64Array.from(normals(key(2), (features + 1) * classes), (value) => value / 2)
  const gradient = new Float64Array(w.length)
  const risk = riskOf(w, gradient)
  const changeBy = (corruption: Float64Array): number =>
    riskOf(w.map((value, i) => value + (corruption[i] ?? NaN))) - risk

  it.each([
    { p: 1.5, epsilon: 1e-3, n: 8 },
    { p: 2, epsilon: 1e-3 },
    { p: 4, epsilon: 1e-3, n: 8 },
    { p: Infinity, epsilon: 1e-4 },
  ])('raises the loss by what it predicts, and more than each of 10,000 random ones does: p = $p', (set) => {
    const { corruption, predicted } = worstCase(gradient, set)
    const change = changeBy(corruption)
    expect(Math.abs(change / predicted - 1)).toBeLessThan(5 * set.epsilon)
    const changes = Array.from({ length: 10_000 }, (_, draw) =>
      changeBy(randomCorruption(foldIn(key(3), draw), w.length, set)),
    )
    expect(changes.reduce((a, b) => Math.max(a, b))).toBeLessThan(change)
    expect(changes.reduce((a, b) => Math.max(a, b))).toBeGreaterThan(0)
  })
})
