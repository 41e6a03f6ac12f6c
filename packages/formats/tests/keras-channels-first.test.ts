import { inflateSync } from 'node:zlib'

import { disposeSource, type OpenBlock } from '@ptu/networks'
import { scope } from '@ptu/tensor'
import * as tf from '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'

import { decodeKeras, disposeModel, fromLayersModel, openModel } from '../src/index.ts'
import { jsonOf, opened, tensorOf, type Numbers } from './keras-files.ts'
import { functional, node, opening } from './layers-model-graphs.ts'

interface Golden {
  readonly models: Readonly<Record<string, GoldenModel>>
  readonly layers: Readonly<Record<string, { readonly keras: string; readonly output: Numbers }>>
  /** The input of each of the layers. */
  readonly input: Numbers
}

interface GoldenModel {
  readonly keras: string
  readonly 'deflated h5': string
  readonly input: Numbers
  readonly outputs: Readonly<Record<string, Numbers>>
}

const golden = jsonOf('channels-first.json') as Golden

const bytesIn = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

const fileOf = (name: string, kind: 'keras' | 'h5'): { readonly name: string; readonly bytes: Uint8Array } => {
  const { keras, 'deflated h5': h5 } = golden.models[name] as GoldenModel
  return { name: `${name}.${kind}`, bytes: kind === 'keras' ? bytesIn(keras) : new Uint8Array(inflateSync(bytesIn(h5))) } // prettier-ignore
}

const expectClose = (found: tf.Tensor | undefined, { shape, values }: Numbers, what: string): void => {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  expect(found?.shape, what).toEqual(shape)
  expect(found, what).toBeAllClose([...values], { absolute: 1e-5 * Math.max(largest, 1), relative: 1e-5 })
}

/** The layers that read maps in the order of the file. */
const inOrderOfFile = new Set([
  ...['BatchNormalization of the width', 'LayerNormalization of the width', 'GroupNormalization of the width'],
  ...['Normalization of the width', 'Softmax of the width', 'Activation softmax', 'PReLU', 'PReLU of each channel'],
  ...['Dense over the width', 'TimeDistributed', 'Reshape', 'Reshape into maps', 'Multiply by a squeeze'],
  ...['Flatten, channels last', 'Dense behind a Flatten, channels last'],
])

const turns = ({ layer: { spec } }: OpenBlock): boolean => JSON.stringify(spec).includes('"permute"')

describe('a network of Keras with channels first', () => {
  const networks = Object.keys(golden.models).flatMap((name) => [[name, 'keras'] as const, [name, 'h5'] as const])

  it.each(networks)('%s, as .%s, computes block by block what Keras does', (name, kind) => {
    const { input, outputs } = golden.models[name] as GoldenModel
    const names = Object.keys(outputs)
    const source = opened(fromLayersModel(opened(decodeKeras(fileOf(name, kind))), names.slice(0, -1)))
    scope(() => {
      const found = source.activations(tensorOf(input))
      for (const [i, cut] of names.entries()) expectClose(found[i], outputs[cut] as Numbers, cut)
    })
    disposeSource(source)
  })

  it.each(networks)('%s, as .%s, is opened for images [height, width, channels] and says so', (name, kind) => {
    const model = opened(openModel(fileOf(name, kind)))
    expect(model.input).toEqual([13, 11, 3])
    expect(model.facts['axes']).toBe('channels first in the file; images are [height, width, channels] here')
    expect(model.leftOver).toEqual([])
    disposeModel(model)
  })

  it('takes images of another size as [height, width, channels]', () => {
    const model = opened(openModel(fileOf('pooled', 'keras'), { input: [20, 14, 3] }))
    expect(model.source.blocks.reduce((shape, block) => block.output(shape), model.input)).toEqual([5, 4, 6])
    disposeModel(model)
  })
})

describe('a tf.LayersModel with channels first', () => {
  it('is opened like a file, without a layer that says so where it is cut before', () => {
    const { layers } = tf
    const options = { dataFormat: 'channelsFirst' } as const
    const model = tf.sequential({
      layers: [
        layers.batchNormalization({ axis: 1, inputShape: [3, 7, 6], betaInitializer: 'randomNormal', name: 'norm' }),
        layers.conv2d({ ...options, filters: 4, kernelSize: 3, strides: 2, activation: 'relu', name: 'conv' }),
        layers.maxPooling2d({ ...options, poolSize: [2, 1], name: 'pool' }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ units: 2, name: 'head' }),
      ],
    })
    const source = opened(fromLayersModel(model, ['norm']))
    const cut = opened(fromLayersModel(model, [], { until: 'norm' }))
    scope(() => {
      const images = tf.randomNormal([2, 7, 6, 3], 0, 1, 'float32', 3)
      // tfjs-layers itself reads the numbers of batch normalisation in the order of the last axis, whatever its axis is.
      const [, beta] = model.getLayer('norm').getWeights()
      const norm = tf.add(tf.div(images, Math.sqrt(1.001)), beta as tf.Tensor)
      const [first, last] = source.activations(images)
      expect(first).toBeAllClose(norm, { absolute: 1e-6 })
      expect(cut.activations(images)[0]).toBeAllClose(norm, { absolute: 1e-6 })
      const after = model.layers.slice(1).reduce((x, layer) => layer.apply(x) as tf.Tensor, tf.transpose(norm, [0, 3, 1, 2])) // prettier-ignore
      expect(last).toBeAllClose(after, { absolute: 1e-5 })
    })
    disposeSource(source)
    disposeSource(cut)
    model.dispose()
  })
})

describe('a model with channels first that cannot be opened', () => {
  const first = { data_format: 'channels_first' } as const
  const input = node('InputLayer', 'in', [], { batch_input_shape: [null, 3, 4, 5] })
  const pool = node('MaxPooling2D', 'pool', ['in'], { ...first, pool_size: 1 })
  const refusal = (type: string, config: object, reads: readonly string[] = ['pool']): string =>
    opening(functional([input, pool, node(type, 'odd', reads, config)], 'odd'))

  it.each<readonly [string, object, string]>([
    ['UpSampling2D', { data_format: 'channels_last' }, 'layer odd (UpSampling2D): expected data_format to be "channels_first", which other layers of the model have, got "channels_last"'],
    ['Resizing', { height: 4, width: 5 }, 'expected data_format to be "channels_first", which other layers of the model have, got nothing'],
    ['Conv2D', { ...first, filters: 2, kernel_size: 1, activation: 'softmax' }, 'expected activation to be none that sums over the width, the last axis of this layer, got "softmax"'],
    ['BatchNormalization', { axis: 2 }, 'expected axis to be the last one, 3, got 2'],
    ['LayerNormalization', { axis: [1, 2, 3] }, 'expected axis to be the last one, 3, got [1,2,3]'],
    ['Rescaling', { scale: [1, 2, 3, 4, 5] }, 'expected scale to be a number, or one for each channel of maps that are not as wide as they have channels, got [1,2,3,4,5]'],
    ['Rescaling', { scale: [[1], [2], [3]] }, 'expected scale to be a number, or one for each channel'],
    ['Rescaling', { scale: 1, offset: [1, 2, 3] }, 'expected offset to be a number, got [1,2,3]'],
    ['Rescaling', { scale: [], offset: 1 }, 'expected scale to be a number'],
    ['Lambda', {}, 'a layer "Lambda" cannot be opened'],
  ])('because of %s %j says so', (type, config, message) => {
    expect(refusal(type, config)).toContain(message)
  }) // prettier-ignore

  it.each([
    ['the last', { axis: -1 }],
    ['the width', { axis: 3 }],
  ])('because it joins maps along %s axis says so', (_name, config) => {
    expect(refusal('Concatenate', config, ['in', 'pool'])).toContain('layer odd (Concatenate): expected axis to be 1, the channels of maps with channels first, got') // prettier-ignore
  })

  it('because a list of scales may be one of widths says so', () => {
    const square = node('InputLayer', 'in', [], { batch_input_shape: [null, 3, 4, 3] })
    const odd = node('Rescaling', 'odd', ['pool'], { scale: [1, 2, 3] })
    expect(opening(functional([square, pool, odd], 'odd'))).toContain('maps that are not as wide as they have channels')
  })

  it('because a layer of maps reads something else says so', () => {
    const vector = node('GlobalMaxPooling2D', 'vector', ['pool'], first)
    const odd = node('MaxPooling2D', 'odd', ['vector'], first)
    expect(opening(functional([input, pool, vector, odd], 'odd'))).toContain('expected an input [height, width, channels], got [3]') // prettier-ignore
  })

  it('because it normalises the steps of what was a map says so', () => {
    const steps = node('Reshape', 'steps', ['pool'], { target_shape: [3, 20] })
    const odd = node('BatchNormalization', 'odd', ['steps'], { axis: 1 })
    expect(opening(functional([input, pool, steps, odd], 'odd'))).toContain(
      'expected axis to be the last one, 2, got 1',
    )
  })

  it('because only each step of it has channels first says so', () => {
    const frames = node('InputLayer', 'in', [], { batch_input_shape: [null, 2, 3, 4, 5] })
    const each = node('TimeDistributed', 'each', ['in'], { layer: { class_name: 'MaxPooling2D', config: { name: 'one', ...first } } }) // prettier-ignore
    expect(opening(functional([frames, each], 'each'))).toContain('expected data_format to be "channels_last"')
  })
})

describe('a Flatten with channels first', () => {
  it('leaves a vector as it is', () => {
    const layers = [
      node('InputLayer', 'in', [], { batch_input_shape: [null, 6] }),
      node('Flatten', 'flat', ['in'], { data_format: 'channels_first' }),
    ]
    const source = opened(fromLayersModel({ topology: functional(layers, 'flat'), weights: [] }, []))
    expect(source.blocks.some(turns)).toBe(false)
    disposeSource(source)
  })

  it('behind maps with channels last reads their first axis last', () => {
    const model = {
      topology: functional(
        [
          node('InputLayer', 'in', [], { batch_input_shape: [null, 2, 2, 3] }),
          node('Flatten', 'flat', ['in'], { data_format: 'channels_first' }),
        ],
        'flat',
      ),
      weights: [],
    }
    const source = opened(fromLayersModel(model, []))
    scope(() => {
      const [flat] = source.activations(tf.reshape(tf.range(0, 12), [1, 2, 2, 3]))
      expect(flat).toBeAllClose([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11], { absolute: 0 })
    })
    disposeSource(source)
  })
})

describe('a layer of Keras in a model with channels first', () => {
  it.each(Object.keys(golden.layers))('%s computes what Keras does', (name) => {
    const { keras, output } = golden.layers[name] as Golden['layers'][string]
    const source = opened(fromLayersModel(opened(decodeKeras({ name, bytes: bytesIn(keras) })), []))
    scope(() => {
      expectClose(source.activations(tensorOf(golden.input))[0], output, name)
    })
    expect(source.blocks.some(turns)).toBe(inOrderOfFile.has(name))
    disposeSource(source)
  })
})
