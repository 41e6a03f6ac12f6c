import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { normalisationFor, openNetwork, type OpenedNetwork, type OpenModel } from '@ptu/experiments'
import { thisMachine } from '@ptu/experiments/node'
import { disposeSource } from '@ptu/networks'
import { disposeParams } from '@ptu/tensor'
import { fileHandler } from '@ptu/tfjs-layers'
import { randomUniform, type Tensor } from '@tensorflow/tfjs-core'
import {
  input,
  layers,
  model as modelOf,
  sequential,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openModelAt } from './open-model.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-layers-model-'))
})
afterAll(() => rm(folder, { recursive: true }))

const small = (): LayersModel =>
  sequential({
    layers: [
      layers.conv2d({
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        inputShape: [8, 8, 3],
        name: 'a',
      }),
      layers.batchNormalization({ name: 'norm' }),
      layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', name: 'b' }),
      layers.globalAveragePooling2d({ name: 'pool' }),
      layers.dense({ units: 5, activation: 'softmax', name: 'classes' }),
    ],
  })

const open = async (made: LayersModel, options: Partial<Parameters<OpenModel>[1]> = {}) => {
  await made.save(fileHandler(folder))
  return openModelAt(folder, thisMachine())('model.json', { input: undefined, range: undefined, ...options })()
}

const right = (found: E.Either<Error, OpenedNetwork>): OpenedNetwork => {
  if (E.isLeft(found)) throw found.left
  return found.right
}

const messageIn = (found: E.Either<Error, OpenedNetwork>): string => (E.isLeft(found) ? found.left.message : '')

/** Three residual blocks with names of their own. */
const branching = (): LayersModel => {
  const x = input({ shape: [8, 8, 3] })
  const conv = (name: string, from: SymbolicTensor): SymbolicTensor =>
    layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name }).apply(from) as SymbolicTensor
  const ends = [1, 2, 3].reduce(
    (at, i) => layers.add({ name: `end${i}` }).apply([at, conv(`way${i}`, at)]) as SymbolicTensor,
    conv('stem', x),
  )
  const pool = layers.globalAveragePooling2d({ name: 'pool' }).apply(ends) as SymbolicTensor
  return modelOf({ inputs: x, outputs: layers.dense({ units: 2, name: 'classes' }).apply(pool) as SymbolicTensor })
}

describe('a tf.LayersModel as a source', () => {
  it('ends in its last map and computes what the model computes there', async () => {
    const made = small()
    const { network, parameters, warnings, first } = right(await open(made))
    expect(network.input).toMatchObject({ shape: [8, 8, 3], image: { size: [8, 8], channels: 3, fit: 'crop' } })
    expect(network.input.normalisation).toEqual(normalisationFor('-1..1'))
    expect(warnings?.[0]).toContain('say so with --range')
    expect(first).toMatchObject({ shape: [3, 3, 3, 4], variance: Float32Array.of(1, 1, 1, 1) })
    const source = await openNetwork(network)()
    if (E.isLeft(source)) throw source.left
    const x = randomUniform([2, 8, 8, 3], 0, 1, 'float32', 1)
    const found = source.right.activations(x)
    const cut = modelOf({ inputs: made.inputs, outputs: made.getLayer('b').output })
    const expected = cut.predict(x) as Tensor
    expect(found.at(-1)?.shape).toEqual([2, 4, 4, 6])
    expect(await found.at(-1)?.data()).toBeAllClose(await expected.data(), { absolute: 1e-5 })
    expect(parameters).toBe(3 * 3 * 3 * 4 + 4 + 2 * 4 + 3 * 3 * 4 * 6 + 6)
    disposeSource(source.right)
    disposeParams([...found, x, expected])
    made.dispose()
  })

  it('reads images with their channels last, though its own are first', async () => {
    const made = sequential({
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, dataFormat: 'channelsFirst', inputShape: [3, 8, 6], name: 'a' }),
        layers.globalAveragePooling2d({ dataFormat: 'channelsFirst', name: 'pool' }),
        layers.dense({ units: 5, name: 'classes' }),
      ],
    })
    const { network } = right(await open(made))
    expect(network.input).toMatchObject({ shape: [8, 6, 3], image: { size: [8, 6], channels: 3 } })
    made.dispose()
  })

  it('is rebuilt for another size of image, and takes the range that is named', async () => {
    const made = small()
    const { network, warnings } = right(await open(made, { input: [12, 10], range: '0..1' }))
    expect(network.input.shape).toEqual([12, 10, 3])
    expect(network.input.normalisation).toEqual(normalisationFor('0..1'))
    expect(warnings).toEqual([])
    made.dispose()
  })

  it('of vectors ends before its classifier, with inputs as they are', async () => {
    const made = sequential({
      layers: [
        layers.dense({ units: 6, activation: 'relu', inputShape: [4], name: 'first' }),
        layers.dense({ units: 5, activation: 'relu', name: 'second' }),
        layers.dropout({ rate: 0.5, name: 'drop' }),
        layers.dense({ units: 2, name: 'classes' }),
        layers.activation({ activation: 'softmax', name: 'softmax' }),
      ],
    })
    const { network, parameters, warnings } = right(await open(made))
    expect(network.input).toMatchObject({ shape: [4], image: null, normalisation: { mean: 0, deviation: 1 } })
    expect([network.blocks.at(-1)?.name, parameters]).toEqual(['drop', 4 * 6 + 6 + 6 * 5 + 5])
    expect(warnings?.[0]).toContain('taken as they are')
    expect(messageIn(await open(made, { range: '0..1' }))).toContain('leave --range out')
    made.dispose()
  })

  it('warns where it is used only up to a layer that cannot be opened', async () => {
    const made = sequential({
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [8, 8, 3], name: 'a' }),
        layers.conv2d({ filters: 2, kernelSize: 3, name: 'b' }),
        layers.permute({ dims: [2, 1, 3], name: 'turn' }),
        layers.conv2d({ filters: 2, kernelSize: 3, name: 'c' }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ units: 2, name: 'classes' }),
      ],
    })
    const { network, warnings } = right(await open(made))
    expect(network.blocks.at(-1)?.name).toBe('b')
    expect(warnings?.[0]).toMatch(/is used until b only, for what comes after it cannot be opened: .*Permute/)
    made.dispose()
  })

  it('is refused where nothing comes before its classifier', async () => {
    const made = sequential({ layers: [layers.dense({ units: 3, inputShape: [4], name: 'only' })] })
    expect(messageIn(await open(made))).toContain('name the last layer to use with --until')
    made.dispose()
  })

  it('is cut where its paths meet, whatever the layers are called', async () => {
    const made = branching()
    const { network } = right(await open(made))
    expect(network.blocks.map(({ name }) => name)).toEqual(['end1', 'end2', 'end3'])
    made.dispose()
  })

  it('is cut and ends where names or numbers say', async () => {
    const made = branching()
    const named = right(await open(made, { cut: ['stem'], until: 'end2' }))
    expect(named.network.blocks.map(({ name }) => name)).toEqual(['stem', 'end2'])
    const numbered = right(await open(made, { cut: ['1'], until: '3' }))
    expect(numbered.network.digest).toBe(named.network.digest)
    const vector = right(await open(made, { cut: ['end3'], until: 'pool' }))
    expect(vector.network.blocks.map(({ name }) => name)).toEqual(['end3', 'pool'])
    made.dispose()
  })

  it('names what there is where a cut is none of it', async () => {
    const made = branching()
    expect(messageIn(await open(made, { until: 'pol' }))).toMatch(
      /^--until: expected a name or a number from 1 to 6 among stem, end1, .*; did you mean "pool"\?$/,
    )
    expect(messageIn(await open(made, { cut: ['way1'] }))).toContain('--cut: expected')
    expect(messageIn(await open(made, { cut: ['classes'] }))).toContain('before end3, where the network ends')
    made.dispose()
  })

  it('of one channel has one step for its pixels', async () => {
    const made = sequential({
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [8, 8, 1], name: 'grey' }),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    })
    const { network } = right(await open(made))
    expect(network.input).toMatchObject({ image: { channels: 1 }, normalisation: { mean: 127.5, deviation: 127.5 } })
    expect(messageIn(await open(made, { range: 'imagenet' }))).toContain('three channels')
    made.dispose()
  })

  it('is a file of ONNX as well, in the range of torchvision unless it is said', async () => {
    const place = fileURLToPath(new URL('../../formats/fixtures/onnx/', import.meta.url))
    const found = await openModelAt(place, thisMachine())('residual.onnx', { input: [24, 24], range: undefined })()
    const { title, network, warnings } = right(found)
    expect(title).toBe('ONNX main_graph from residual.onnx')
    expect(network.input.shape).toEqual([24, 24, 3])
    expect(warnings?.join()).toContain('imagenet is taken')
    const cut = await openModelAt(place, thisMachine())('residual.onnx', { input: undefined, range: '0..1', until: '/body/body.1/Relu_1' })() // prettier-ignore
    expect(right(cut).parameters).toBe(2352)
  })

  it('is a file of Keras as well, whose pixels stay from 0 to 255 where it scales them itself', async () => {
    const place = fileURLToPath(new URL('../../formats/fixtures/keras/', import.meta.url))
    const found = await openModelAt(place, thisMachine())('k3-efficient.keras', { input: [24, 24], range: undefined })()
    const { title, network, warnings, scalesPixels } = right(found)
    expect(title).toBe('Keras efficient from k3-efficient.keras')
    expect(scalesPixels).toBe(true)
    expect(network.input).toMatchObject({
      shape: [24, 24, 3],
      normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] },
    })
    expect(warnings).toEqual([])
  })
})
