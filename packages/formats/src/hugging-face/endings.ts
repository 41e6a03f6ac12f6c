import { ImportError } from '@ptu/networks'

import type { WrittenTensor } from '../written-tensor.ts'
import { positive } from './config.ts'
import type { Ending, LinearHead } from './model-type.ts'

const linear = (module: string, { weight, bias, features }: LinearHead): readonly WrittenTensor[] => [
  { name: `${module}.weight`, shape: [bias.length, features], values: weight },
  { name: `${module}.bias`, shape: [bias.length], values: bias },
]

/** A multiple of the identity with one bias for all. */
const diagonal = (module: string, features: number, factor: number, shift: Float32Array): readonly WrittenTensor[] => {
  const values = new Float32Array(features * features)
  for (let i = 0; i < features; i++) values[i * features + i] = factor
  return [
    { name: `${module}.weight`, shape: [features, features], values },
    { name: `${module}.bias`, shape: [features], values: shift },
  ]
}

/** The head as it is. */
export const directly =
  (module: string): Ending =>
  (head) =>
    linear(module, head)

/** The head for a vector behind which another one of as many numbers stands, which it does not read. */
export const besideAnother =
  (module: string): Ending =>
  ({ weight, bias, features }) => {
    const wide = new Float32Array(2 * weight.length)
    for (let row = 0; row < bias.length; row++)
      wide.set(weight.subarray(row * features, (row + 1) * features), 2 * row * features)
    return linear(module, { weight: wide, bias, features: 2 * features })
  }

/** A factor so small that `tanh(x)` is `x` within 1e-6 of it for every number of a normalised vector; a power of two rounds nothing. */
const small = 2 ** -14

/**
 * The head behind a layer with a hyperbolic tangent, which is made to pass its input on: `W·x = (W/ε)·tanh(ε·x)` within rounding, for
 * `ε = 2^-14`.
 */
export const throughTanh =
  (first: string, second: string): Ending =>
  ({ weight, bias, features }) => [
    ...diagonal(first, features, small, new Float32Array(features)),
    ...linear(second, { weight: weight.map((number) => number / small), bias, features }),
  ]

/**
 * The head behind a layer with a rectifier, which is made to pass its input on: `W·x + b = W·relu(x + c) + (b - W·c)`, where `c` is as
 * large as a number of a normalised vector can be, `|scale|·√features + |shift|` of the normalisation `norm` before it.
 */
export const throughRelu =
  (first: string, second: string, norm: (body: ReadonlyMap<string, WrittenTensor>) => string): Ending =>
  ({ weight, bias, features }, body) => {
    const [scale, shift] = ['weight', 'bias'].map((part) => body.get(`${norm(body)}.${part}`)?.values)
    if (!(scale instanceof Float32Array) || !(shift instanceof Float32Array))
      throw new ImportError('expected a normalisation before the head')
    const added = scale.map((number, i) => Math.ceil(Math.abs(number) * Math.sqrt(features) + Math.abs(shift[i] ?? 0)))
    const moved = bias.map((number, row) => added.reduce((sum, c, i) => sum - c * (weight[row * features + i] ?? 0), number)) // prettier-ignore
    return [...diagonal(first, features, 1, added), ...linear(second, { weight, bias: moved, features })]
  }

/**
 * The head behind a map, a normalisation and no activation, which are made to pass its input on.
 *
 * The map gives, of `features` numbers, `ε·L` and `-ε·L` for the logits `L = W·x`, and else as many 1 as -1, `m` of both. Their mean is 0
 * and their deviation `s = √(m/features + epsilon)` within `ε²·|L|²/m` of it, so `L = (s/2ε)·(ε·L/s - (-ε·L/s))`, for `ε = 2^-14`.
 */
export const throughLayerNorm =
  (first: string, norm: string, second: string): Ending =>
  ({ weight, bias, features }, _body, config) => {
    const classes = bias.length
    const balanced = 2 * Math.floor((features - 2 * classes) / 2)
    if (balanced < 2)
      throw new ImportError(`expected at most ${Math.floor((features - 2) / 2)} classes after a vector of ${features} numbers, got ${classes}`) // prettier-ignore
    const scaled = weight.map((number) => number * small)
    const map = new Float32Array(features * features)
    map.set(scaled)
    map.set(scaled.map((number) => -number), scaled.length) // prettier-ignore
    const constants = Float32Array.from({ length: features }, (_, i) =>
      i < 2 * classes || i >= 2 * classes + balanced ? 0 : 1 - 2 * (i % 2),
    )
    const deviation = Math.sqrt(balanced / features + positive(config, 'norm_eps', 1e-5))
    const wide = new Float32Array(classes * features)
    for (let row = 0; row < classes; row++) {
      wide[row * features + row] = deviation / (2 * small)
      wide[row * features + classes + row] = -deviation / (2 * small)
    }
    return [
      ...linear(first, { weight: map, bias: constants, features }),
      { name: `${norm}.weight`, shape: [features], values: new Float32Array(features).fill(1) },
      { name: `${norm}.bias`, shape: [features], values: new Float32Array(features) },
      ...linear(second, { weight: wide, bias, features }),
    ]
  }
