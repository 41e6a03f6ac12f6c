import { key } from '@ptu/core'
import { disposeSource } from '@ptu/networks'
import { disposeParams, normal, scope } from '@ptu/tensor'
import * as tf from '@tensorflow/tfjs'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { decodeLayersModel, fromLayersModel } from '../src/index.ts'

const opened = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

/** A layer as Keras 3 writes it. */
const layer = (type: string, name: string, config: object, inputs: readonly string[]): object => ({
  module: 'keras.layers',
  class_name: type,
  registered_name: null,
  name,
  config: { name, trainable: true, dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' } }, ...config }, // prettier-ignore
  build_config: { input_shape: [null, 5] },
  inbound_nodes: inputs.length === 0 ? [] : [{ args: [argsOf(inputs)], kwargs: { mask: null } }],
})

const argsOf = (inputs: readonly string[]): unknown => {
  const tensors = inputs.map((name) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 4], dtype: 'float32', keras_history: [name, 0, 0] },
  }))
  return tensors.length === 1 ? tensors[0] : tensors
}

const topology = {
  keras_version: '3.8.0',
  backend: 'tensorflow',
  model_config: {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name: 'functional',
      layers: [
        layer('InputLayer', 'input', { batch_shape: [null, 5] }, []),
        layer('Dense', 'wide', { units: 4, activation: 'hard_sigmoid', use_bias: true }, ['input']),
        layer('Dense', 'deep', { units: 4, activation: 'linear', use_bias: true }, ['wide']),
        layer('Add', 'both', {}, ['wide', 'deep']),
      ],
      input_layers: ['input', 0, 0],
      output_layers: ['both', 0, 0],
    },
  },
}

const numbers = (count: number, from: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(from + i))

const named = (name: (layer: string, role: string, place: number) => string): object[] => [
  { name: name('wide', 'kernel', 0), shape: [5, 4], dtype: 'float32' },
  { name: name('wide', 'bias', 1), shape: [4], dtype: 'float32' },
  { name: name('deep', 'kernel', 0), shape: [4, 4], dtype: 'float32' },
  { name: name('deep', 'bias', 1), shape: [4], dtype: 'float32' },
]

describe('a model that Keras 3 wrote', () => {
  const bytes = new Uint8Array(Float32Array.from(numbers(44, 0)).buffer)
  it.each([
    ['by role', named((layerName, role) => `${layerName}/${role}`)],
    ['by place, in folders', named((layerName, _role, place) => `_layer_checkpoint_dependencies/${layerName}/vars/${place}`)], // prettier-ignore
  ])('is opened, its weights named %s', (_how, weights) => {
    const model = opened(decodeLayersModel({ modelTopology: topology, weightsManifest: [{ paths: ['a.bin'], weights }] }, bytes)) // prettier-ignore
    const source = opened(fromLayersModel(model, ['wide']))
    scope(() => {
      const x = normal(key(1), [3, 5], 2)
      const weight = (size: readonly number[], from: number): tf.Tensor =>
        tf.tensor(numbers(tf.util.sizeFromShape([...size]), from), [...size])
      const hard = tf.clipByValue(tf.add(tf.mul(tf.add(tf.matMul(x as tf.Tensor2D, weight([5, 4], 0) as tf.Tensor2D), weight([4], 20)), 1 / 6), 0.5), 0, 1) // prettier-ignore
      const deep = tf.add(tf.matMul(hard as tf.Tensor2D, weight([4, 4], 24) as tf.Tensor2D), weight([4], 40))
      const [wide, both] = source.activations(x)
      expect(wide).toBeAllClose(hard, { absolute: 1e-5 })
      expect(both).toBeAllClose(tf.add(hard, deep), { absolute: 1e-5 })
    })
    disposeSource(source)
  })
})

describe('a model.json of an archive', () => {
  it('is told by the places of its layers among those of their class, not by names that are like others', () => {
    // The archive's folder dense is the layer `dense_1`, and dense_1 is the layer `dense`.
    const swapped = JSON.parse(JSON.stringify(topology).replaceAll('"wide"', '"dense_1"').replaceAll('"deep"', '"dense"')) as unknown // prettier-ignore
    const folders = { dense: numbers(20, 0), dense_bias: numbers(4, 20), dense_1: numbers(16, 24), dense_1_bias: numbers(4, 40) } // prettier-ignore
    const weights = [
      { name: 'layers/dense/vars/0', shape: [5, 4], dtype: 'float32' },
      { name: 'layers/dense/vars/1', shape: [4], dtype: 'float32' },
      { name: 'layers/dense_1/vars/0', shape: [4, 4], dtype: 'float32' },
      { name: 'layers/dense_1/vars/1', shape: [4], dtype: 'float32' },
    ]
    const bytes = new Uint8Array(Float32Array.from(Object.values(folders).flat()).buffer)
    const model = opened(decodeLayersModel({ modelTopology: swapped, weightSpecs: weights }, bytes))
    const source = opened(fromLayersModel(model, ['dense_1']))
    expect(source.blocks.map(({ name }) => name)).toEqual(['dense_1', 'both'])
    disposeSource(source)
  })

  it('of a Sequential of Keras 3 has the name of the model before those of its layers', () => {
    const dense = { ...layer('Dense', 'dense', { units: 4, activation: 'linear' }, []), build_config: {} }
    const input = { class_name: 'InputLayer', config: { batch_shape: [null, 5], name: 'in' } }
    const modelTopology = { class_name: 'Sequential', config: { name: 'mine', layers: [input, dense] } }
    const weights = [
      { name: 'mine/dense/kernel', shape: [5, 4], dtype: 'float32' },
      { name: 'mine/dense/bias', shape: [4], dtype: 'float32' },
    ]
    const bytes = new Uint8Array(Float32Array.from(numbers(24, 0)).buffer)
    const source = opened(
      fromLayersModel(opened(decodeLayersModel({ modelTopology, weightSpecs: weights }, bytes)), []),
    )
    expect(source.blocks[0]?.output([5])).toEqual([4])
    disposeSource(source)
  })
})

describe('weights of fewer bits', () => {
  const read = (quantization: object, bytes: Uint8Array, dtype = 'float32'): number[] => {
    const spec = { name: 'w', shape: [3], dtype, quantization }
    const model = opened(decodeLayersModel({ modelTopology: {}, weightSpecs: [spec] }, bytes))
    const made = model.weights[0]?.tensor() as tf.Tensor
    const found = [...made.dataSync()]
    disposeParams(made)
    return found
  }

  it.each([
    ['uint8', Uint8Array.of(0, 10, 255)],
    ['uint16', new Uint8Array(Uint16Array.of(0, 10, 255).buffer)],
  ])('are restored from %s', (dtype, bytes) => {
    expect(read({ dtype, scale: 0.5, min: -2, original_dtype: 'float32' }, bytes)).toEqual([-2, 3, 125.5])
    expect(read({ dtype, scale: 0.4, min: -2 }, bytes, 'int32')).toEqual([-2, 2, 100])
  })

  it('are restored from float16, from the smallest to infinity', () => {
    const bytes = new Uint8Array(Uint16Array.of(0x0001, 0xc500, 0x7c00).buffer)
    expect(read({ dtype: 'float16', original_dtype: 'float32' }, bytes)).toEqual([2 ** -24, -5, Infinity])
  })
})

describe('a GRU that resets after the product, the default of Keras', () => {
  it('computes what its equations say, of gates in the order update, reset, candidate', () => {
    const gru = layer('GRU', 'gru', { units: 1, reset_after: true, activation: 'tanh', recurrent_activation: 'sigmoid' }, ['in']) // prettier-ignore
    const config = { name: 'm', layers: [layer('InputLayer', 'in', { batch_shape: [null, 2, 1] }, []), gru], input_layers: ['in', 0, 0], output_layers: ['gru', 0, 0] } // prettier-ignore
    const [k, r, b, rb] = [[0.3, -0.7, 1.1], [0.9, 0.4, -1.3], [0.2, -0.1, 0.5], [-0.6, 0.8, 0.7]] as const // prettier-ignore
    const weightSpecs = [
      { name: 'gru/gru_cell/kernel', shape: [1, 3], dtype: 'float32' },
      { name: 'gru/gru_cell/recurrent_kernel', shape: [1, 3], dtype: 'float32' },
      { name: 'gru/gru_cell/bias', shape: [2, 3], dtype: 'float32' },
    ]
    const bytes = new Uint8Array(Float32Array.from([k, r, b, rb].flat()).buffer)
    const json = { modelTopology: { class_name: 'Functional', config }, weightSpecs }
    const source = opened(fromLayersModel(opened(decodeLayersModel(json, bytes)), []))
    const logistic = (x: number): number => 1 / (1 + Math.exp(-x))
    const expected = [0.5, -1.5].reduce((h, x) => {
      const update = logistic(x * k[0] + b[0] + h * r[0] + rb[0])
      const reset = logistic(x * k[1] + b[1] + h * r[1] + rb[1])
      const candidate = Math.tanh(x * k[2] + b[2] + reset * (h * r[2] + rb[2]))
      return update * h + (1 - update) * candidate
    }, 0)
    scope(() => {
      const [found] = source.activations(tf.tensor3d([0.5, -1.5], [1, 2, 1]))
      expect(found).toBeAllClose([expected], { absolute: 1e-6 })
    })
    disposeSource(source)
  })
})
