import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { disposeSource } from '@ptu/networks'

import { decodeLayersModel, fromLayersModel } from '../src/index.ts'

type Fields = Readonly<Record<string, unknown>>

/** The result of opening one layer of Keras, without weights, on a map of 4 × 4 places or on 5 steps. */
const outcome = (type: string, config: Fields, input: readonly number[] = [4, 4, 2]): string => {
  const layers = [
    { class_name: 'InputLayer', name: 'in', config: { name: 'in', batch_input_shape: [null, ...input] }, inbound_nodes: [] },
    { class_name: type, name: 'one', config: { name: 'one', ...config }, inbound_nodes: [[['in', 0, 0, {}]]] },
  ] // prettier-ignore
  const topology = {
    class_name: 'Functional',
    config: { name: 'm', layers, input_layers: [['in', 0, 0]], output_layers: [['one', 0, 0]] },
  }
  const model = decodeLayersModel(
    { modelTopology: topology, weightsManifest: [{ paths: ['w.bin'], weights: [] }] },
    new Uint8Array(0),
  )
  if (E.isLeft(model)) return model.left.message
  const source = fromLayersModel(model.right, [])
  if (E.isLeft(source)) return source.left.message
  disposeSource(source.right)
  return 'opened'
}

const kernel = { filters: 2, kernel_size: [1, 1] }
const wrapped = (class_name: string, config: Fields = {}): Fields => ({ class_name, config: { name: 'inner', units: 2, ...config } }) // prettier-ignore

describe('an option of Keras that no layer here has', () => {
  it.each<readonly [string, Fields, string]>([
    ['Conv2D', { ...kernel, data_format: 'nchw' }, 'expected data_format to be "channels_last", got "nchw"'],
    ['Conv2D', { ...kernel, groups: 3 }, 'expected groups to be one that divides 2 channels and 2 filters, got 3'],
    ['SeparableConv2D', { ...kernel, groups: 2 }, 'expected groups to be 1, got 2'],
    ['ReLU', { threshold: 1 }, 'expected threshold to be 0, got 1'],
    ['ReLU', { negative_slope: 0.1, max_value: 6 }, 'expected negative_slope to be 0 where there is a max_value, got 0.1'],
    ['PReLU', { shared_axes: [0] }, 'expected shared_axes to be a list of axes from 1'],
    ['ELU', { alpha: 2 }, 'expected alpha to be 1, got 2'],
    ['Softmax', { axis: 1 }, 'expected axis to be -1 or 3, got 1'],
    ['ZeroPadding2D', { padding: [1, 1, 1] }, 'expected padding to be a size, [height, width] or [[top, bottom], [left, right]]'],
    ['ZeroPadding2D', { padding: [[1, 1, 1], [0, 0]] }, 'expected padding to be a size, [height, width] or [[top, bottom], [left, right]]'],
    ['ZeroPadding2D', { padding: [-1, 1] }, 'expected padding to be a size, [height, width] or [[top, bottom], [left, right]]'],
    ['Flatten', { data_format: 'nchw' }, 'expected data_format to be "channels_last" or "channels_first", got "nchw"'],
    ['Reshape', { target_shape: ['x'] }, 'expected target_shape to be a list of sizes'],
    ['UpSampling2D', { size: [2, 2], interpolation: 'bilinear' }, 'expected interpolation to be "nearest", got "bilinear"'],
    ['UpSampling2D', { size: [2, 2, 2] }, 'expected size to be a size or [rows, columns]'],
    ['UpSampling2D', { size: [0, 2] }, 'expected size to be a size or [rows, columns]'],
    ['BatchNormalization', { axis: 1 }, 'expected axis to be the last one, 3'],
    ['BatchNormalization', { axis: [3, 2] }, 'expected axis to be the last one, 3'],
    ['LayerNormalization', { axis: -1, rms_scaling: true }, 'expected rms_scaling to be false, got true'],
    ['Normalization', { mean: 0, variance: 1, invert: true }, 'expected invert to be false, got true'],
    ['Normalization', { mean: 'x', variance: 1 }, 'expected mean to be a number or a list of them'],
    ['Normalization', { mean: [1, 2, 3, 4], variance: [1, 2, 3, 4], axis: [1] }, 'expected axis to be the last one, 3, got [1]'],
    ['Rescaling', { scale: [[[1]], [[2]]] }, 'expected scale to be a number or a list of them'],
    ['Rescaling', { scale: 1, offset: [] }, 'expected offset to be a number or a list of them'],
    ['MaxPooling2D', { pool_size: [0, 2] }, 'expected pool_size to be a size from 1 to'],
    ['Dense', { units: 1.5 }, 'expected units to be an integer from 1 to'],
    ['Dense', { units: 2, use_bias: 1 }, 'expected use_bias to be true or false'],
  ])('of %s %j is refused by name', (type, config, message) => {
    expect(outcome(type, config)).toContain(message)
  }) // prettier-ignore

  it.each<readonly [string, Fields, string]>([
    ['Conv1D', { filters: 2, kernel_size: 1, data_format: 'channels_first' }, 'expected data_format to be "channels_last", got "channels_first"'],
    ['Conv1D', { filters: 2, kernel_size: 1, groups: 2 }, 'expected groups to be 1, got 2'],
    ['LSTM', { units: 2, stateful: true }, 'expected stateful to be false, got true'],
    ['LSTM', { units: 2, return_state: true }, 'expected return_state to be false, got true'],
    ['GRU', { units: 2, time_major: true }, 'expected time_major to be false, got true'],
    ['Bidirectional', { layer: wrapped('LSTM'), merge_mode: 'sum' }, 'expected merge_mode to be "concat", got "sum"'],
    ['Bidirectional', { layer: wrapped('LSTM', { go_backwards: true }), merge_mode: 'concat' }, 'expected go_backwards to be false, got true'],
  ])('of %s %j is refused by name over steps', (type, config, message) => {
    expect(outcome(type, config, [5, 3])).toContain(message)
  }) // prettier-ignore

  it.each<readonly [string, Fields]>([
    ['ReLU', { threshold: 0, negative_slope: 0.1 }],
    ['ReLU', { max_value: 6, negative_slope: 0 }],
    ['ELU', { alpha: 1 }],
    ['Softmax', { axis: 3 }],
    ['Softmax', { axis: -1 }],
    ['ZeroPadding2D', { padding: [[1, 1], [0, 2]] }],
    ['ZeroPadding2D', { padding: [1, 2], data_format: 'channels_last' }],
    ['Reshape', { target_shape: [8, 4] }],
    ['UpSampling2D', { size: [2, 2], interpolation: 'nearest' }],
    ['Normalization', { mean: 0, variance: 1, invert: false }],
    ['Normalization', { mean: [1, 2], variance: [3, 4] }],
    ['Rescaling', { scale: 0.5, offset: -1 }],
    ['Rescaling', { scale: [[[1, 2]]], offset: [[3, 4]] }],
  ])('is no reason to refuse %s %j, which layers here have', (type, config) => {
    expect(outcome(type, config)).toBe('opened')
  }) // prettier-ignore
})
