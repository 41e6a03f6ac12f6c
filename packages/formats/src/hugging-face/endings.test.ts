import { expect, it } from 'vitest'

import { configOf } from './config.ts'
import { throughLayerNorm } from './endings.ts'

const linear = (weight: ArrayLike<number>, bias: ArrayLike<number>, x: readonly number[]): readonly number[] =>
  Array.from(bias, (b, row) => x.reduce((sum, value, i) => sum + value * (weight[row * x.length + i] ?? 0), b))

const normalised = (x: readonly number[], epsilon: number): readonly number[] => {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length
  return x.map((value) => (value - mean) / Math.sqrt(variance + epsilon))
}

it.each([6, 7])('a head passes a map and a normalisation of %i numbers, whatever the epsilon', (features) => {
  const head = {
    weight: Float32Array.from({ length: 2 * features }, (_, i) => Math.sin(3 * i + 1)),
    bias: Float32Array.of(0.5, -2),
    features,
  }
  const x = Array.from({ length: features }, (_, i) => Math.cos(i) * 4)
  const wanted = linear(head.weight, head.bias, x)
  for (const epsilon of [1e-5, 0.5]) {
    const written = throughLayerNorm('map', 'norm', 'classifier')(head, new Map(), configOf({ norm_eps: epsilon }))
    const of = (name: string): ArrayLike<number> => written.find((one) => one.name === name)?.values as Float32Array
    const vector = normalised(linear(of('map.weight'), of('map.bias'), x), epsilon)
    const scaled = vector.map((value, i) => value * (of('norm.weight')[i] ?? 0) + (of('norm.bias')[i] ?? 0))
    const logits = linear(of('classifier.weight'), of('classifier.bias'), scaled)
    for (const [i, value] of wanted.entries()) expect(logits[i]).toBeCloseTo(value, 5)
  }
})
