import { disposeSource } from '@ptu/networks'
import * as E from 'fp-ts/lib/Either.js'

import { decodeLayersModel, fromLayersModel } from '../src/index.ts'

type Json = Record<string, unknown>

/** A layer that reads others. */
export const node = (type: string, name: string, inputs: readonly string[], config: object = {}): object => ({
  class_name: type,
  name,
  config: { name, ...config },
  inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
})

export const start = node('InputLayer', 'in', [], { batch_input_shape: [null, 4, 4, 2] })
export const dense = (name: string, inputs: readonly string[], units = 2): object =>
  node('Dense', name, inputs, { units })

export const functional = (layers: readonly object[], output: string): Json => ({
  class_name: 'Functional',
  config: { name: 'm', layers, input_layers: [['in', 0, 0]], output_layers: [[output, 0, 0]] },
})

export const weightOf = (name: string, shape: readonly number[] = [2, 2]): object => ({ name, shape, dtype: 'float32' })

export const modelOf = (
  topology: unknown,
  weights: readonly object[] = [],
  paths: readonly unknown[] = ['w.bin'],
): Json => ({
  modelTopology: topology,
  weightsManifest: [{ paths, weights }],
})

/** A convolution, a path beside a dense layer, and an end. */
export const good = modelOf(
  functional(
    [
      start,
      node('Conv2D', 'conv', ['in'], { filters: 2, kernel_size: [3, 3], strides: [1, 1], padding: 'same' }),
      dense('side', ['conv']),
      node('Add', 'add', ['conv', 'side']),
      node('Flatten', 'flat', ['add']),
    ],
    'flat',
  ),
  [
    weightOf('conv/kernel', [3, 3, 2, 2]),
    weightOf('conv/bias', [2]),
    weightOf('side/kernel'),
    weightOf('side/bias', [2]),
  ],
)
export const goodBytes = new Uint8Array(Float32Array.from({ length: 44 }, (_, i) => Math.cos(i)).buffer)

/** The message of opening a model; frees the tensors that it made. */
export const outcome = (json: unknown, bytes: Uint8Array, cuts: readonly string[] = []): string => {
  const decoded = decodeLayersModel(json, bytes)
  if (E.isLeft(decoded)) return decoded.left.message
  const source = fromLayersModel(decoded.right, cuts)
  if (E.isLeft(source)) return source.left.message
  disposeSource(source.right)
  return 'opened'
}

export const opening = (topology: unknown, weights: readonly object[] = [], cuts: readonly string[] = []): string => {
  const size = weights.reduce((sum: number, spec) => {
    const { shape } = spec as { readonly shape: readonly number[] }
    return sum + 4 * shape.reduce((product, n) => product * n, 1)
  }, 0)
  return outcome(modelOf(topology, weights), new Uint8Array(size), cuts)
}
