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
import { layers, model as modelOf, sequential, type LayersModel } from '@tensorflow/tfjs-layers'
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

describe('a tf.LayersModel as a source', () => {
  it('ends in its last map and computes what the model computes there', async () => {
    const made = small()
    const { network, parameters, warnings } = right(await open(made))
    expect(network.input).toMatchObject({ shape: [8, 8, 3], image: { size: [8, 8], channels: 3, fit: 'crop' } })
    expect(network.input.normalisation).toEqual(normalisationFor('-1..1'))
    expect(warnings?.[0]).toContain('say so with --range')
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

  it('is rebuilt for another size of image, and takes the range that is named', async () => {
    const made = small()
    const { network, warnings } = right(await open(made, { input: [12, 10], range: '0..1' }))
    expect(network.input.shape).toEqual([12, 10, 3])
    expect(network.input.normalisation).toEqual(normalisationFor('0..1'))
    expect(warnings).toEqual([])
    made.dispose()
  })

  it('is refused where it has no map', async () => {
    const made = sequential({ layers: [layers.dense({ units: 3, inputShape: [4] }), layers.dense({ units: 2 })] })
    const found = await open(made, { input: [4, 4] })
    expect(E.isLeft(found) && found.left.message).toContain('a map before its classifier')
    made.dispose()
  })

  it('is a file of Keras as well, whose pixels stay from 0 to 255 where it scales them itself', async () => {
    const place = fileURLToPath(new URL('../../formats/fixtures/keras/', import.meta.url))
    const found = await openModelAt(place, thisMachine())('k3-efficient.keras', { input: [24, 24], range: undefined })()
    const { title, network, warnings } = right(found)
    expect(title).toBe('Keras efficient from k3-efficient.keras')
    expect(network.input).toMatchObject({
      shape: [24, 24, 3],
      normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] },
    })
    expect(warnings).toEqual([])
  })
})
