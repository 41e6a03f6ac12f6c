import { key } from '@ptu/core'
import { disposeSource } from '@ptu/networks'
import { normal, scope } from '@ptu/tensor'
import { describe, expect, it } from 'vitest'

import { decodeLayersModel, fromLayersModel } from '../src/index.ts'
import { opened } from './keras-files.ts'

type Fields = Readonly<Record<string, unknown>>
type Weights = Readonly<Record<string, readonly number[]>>

/** The weights of a layer in a file, one after another; variances are small, so that an epsilon shows. */
const stored = (weights: Weights) => {
  const specs = Object.entries(weights).map(([role, shape]) => ({ name: `one/${role}`, shape, dtype: 'float32' }))
  const numbers = Object.entries(weights).flatMap(([role, shape], place) =>
    Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) =>
      role === 'moving_variance' ? 0.002 * (i + 1) : Math.cos(1 + 7 * place + i),
    ),
  )
  return { specs, bytes: new Uint8Array(Float32Array.from(numbers).buffer) }
}

/** The outputs of a layer that is the whole model, with their shape. */
const outputsOf = (type: string, config: Fields, weights: Weights, input: readonly number[]): readonly number[] => {
  const layers = [
    { class_name: 'InputLayer', name: 'in', config: { name: 'in', batch_input_shape: [null, ...input] }, inbound_nodes: [] },
    { class_name: type, name: 'one', config: { name: 'one', ...config }, inbound_nodes: [[['in', 0, 0, {}]]] },
  ] // prettier-ignore
  const topology = {
    class_name: 'Functional',
    config: { name: 'm', layers, input_layers: [['in', 0, 0]], output_layers: [['one', 0, 0]] },
  }
  const { specs, bytes } = stored(weights)
  const json = { modelTopology: topology, weightsManifest: [{ paths: ['w.bin'], weights: specs }] }
  const source = opened(fromLayersModel(opened(decodeLayersModel(json, bytes)), []))
  const found = scope(() => {
    const [y] = source.activations(normal(key(2), [2, ...input], 0.2))
    return [...(y?.shape ?? []), ...(y?.dataSync() ?? [])]
  })
  disposeSource(source)
  return found
}

const map = [4, 4, 2]
const steps = [5, 2]
const convolved: Fields = { padding: 'valid', use_bias: true, activation: 'linear' }
const both: Fields = { strides: [1, 1], dilation_rate: [1, 1], ...convolved }
const recurrent: Fields = { use_bias: true, activation: 'tanh', return_sequences: false, go_backwards: false }
const gates = (count: number): Weights => ({
  kernel: [2, 3 * count],
  recurrent_kernel: [3, 3 * count],
  bias: [3 * count],
})
const statistics: Weights = { gamma: [2], beta: [2], moving_mean: [2], moving_variance: [2] }

describe('a field that a description of Keras leaves out', () => {
  it.each<readonly [string, Fields, Fields, Weights, readonly number[]]>([
    ['Dense', { units: 3 }, { use_bias: true, activation: 'linear' }, { kernel: [2, 3], bias: [3] }, [2]],
    ['Conv2D', { filters: 3, kernel_size: [2, 2] }, { ...both, groups: 1 }, { kernel: [2, 2, 2, 3], bias: [3] }, map],
    ['Conv1D', { filters: 3, kernel_size: [2] }, { strides: [1], dilation_rate: [1], ...convolved }, { kernel: [2, 2, 3], bias: [3] }, steps],
    ['DepthwiseConv2D', { kernel_size: [2, 2] }, { ...both, depth_multiplier: 1 }, { depthwise_kernel: [2, 2, 2, 1], bias: [2] }, map],
    ['SeparableConv2D', { filters: 3, kernel_size: [2, 2] }, { ...both, depth_multiplier: 1 }, { depthwise_kernel: [2, 2, 2, 1], pointwise_kernel: [1, 1, 2, 3], bias: [3] }, map],
    ['BatchNormalization', {}, { axis: -1, epsilon: 1e-3, scale: true, center: true }, statistics, map],
    ['LayerNormalization', {}, { axis: -1, epsilon: 1e-3, scale: true, center: true }, { gamma: [2], beta: [2] }, map],
    ['GroupNormalization', {}, { groups: 32, axis: -1, epsilon: 1e-3, scale: true, center: true }, { gamma: [64], beta: [64] }, [2, 2, 64]],
    ['Rescaling', { scale: 0.5 }, { offset: 0 }, {}, map],
    ['MaxPooling2D', {}, { pool_size: [2, 2], strides: [2, 2], padding: 'valid' }, {}, [5, 5, 2]],
    ['AveragePooling1D', {}, { pool_size: [2], strides: [2], padding: 'valid' }, {}, steps],
    ['MaxPooling2D', { pool_size: [3, 3] }, { strides: [3, 3], padding: 'valid' }, {}, [7, 7, 2]],
    ['GlobalAveragePooling2D', {}, { keepdims: false }, {}, map],
    ['LSTM', { units: 3 }, { ...recurrent, recurrent_activation: 'sigmoid' }, gates(4), steps],
    ['GRU', { units: 3 }, { ...recurrent, recurrent_activation: 'sigmoid', reset_after: false }, gates(3), steps],
    ['SimpleRNN', { units: 3 }, recurrent, gates(1), steps],
    ['LeakyReLU', {}, { alpha: 0.3 }, {}, map],
    ['ReLU', {}, { negative_slope: 0, threshold: 0, max_value: null }, {}, map],
    ['Softmax', {}, { axis: -1 }, {}, [5]],
    ['PReLU', {}, { shared_axes: null }, { alpha: map }, map],
    ['UpSampling2D', {}, { size: [2, 2], interpolation: 'nearest' }, {}, map],
  ])('of %s %j is %j', (type, config, usual, weights, input) => {
    const whole = outputsOf(type, { ...config, ...usual }, weights, input)
    expect(whole.length).toBeGreaterThan(4)
    expect(outputsOf(type, config, weights, input)).toEqual(whole)
    for (const name of Object.keys(usual)) {
      const others = Object.fromEntries(Object.entries(usual).filter(([one]) => one !== name))
      expect(outputsOf(type, { ...config, ...others }, weights, input), name).toEqual(whole)
    }
  }) // prettier-ignore
})
