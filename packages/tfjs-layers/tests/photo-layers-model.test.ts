import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { conv2d, dense, flatten, globalAveragePool, groupNorm, serial, type Layer } from '@ptu/layers'
import { cloneParams, disposeParams, scope, type ParamTree } from '@ptu/tensor'
import { describeOnBackends } from '@ptu/testing'
import { add, scalar, tensor, type Tensor } from '@tensorflow/tfjs-core'
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers'
import { describe, expect, it } from 'vitest'

import { fileHandler, photoLayersModel, type PhotoModelOptions } from '../src/index.ts'
import { body, network, options, pixelsFrom, probabilitiesOf, scattered } from './photos.ts'

const pixels = pixelsFrom(1, 2 * 6 * 5 * 3)

const predicted = (model: LayersModel, channels = 3): readonly number[] =>
  scope(() => [
    ...(model.predict(tensor(pixels, [pixels.length / 30 / channels, 6, 5, channels], 'int32')) as Tensor).dataSync(),
  ])

const made = (layer: Layer, params: ParamTree, changes: Partial<PhotoModelOptions> = {}): LayersModel =>
  photoLayersModel(layer, params, { ...options, ...changes })

const classesOf = (model: LayersModel): readonly string[] => model.layers.map((layer) => layer.getClassName())

const close = { absolute: 2e-6 }

await describeOnBackends('photoLayersModel', () => {
  it('gives the probabilities of the network, normalised channel by channel', () => {
    const params = scattered(network(), [6, 5, 3])
    const model = made(network(), params)
    expect(predicted(model)).toBeAllClose(probabilitiesOf(network(), params, pixels, options), close)
    expect(model.layers.at(-1)?.name).toBe('probabilities')
    model.dispose()
    disposeParams(params)
  })

  it('takes one mean and deviation for grey pixels', () => {
    const grey = { ...options, channels: 1, normalisation: { mean: 100, deviation: 20 } } as const
    const params = scattered(network(), [6, 5, 1])
    const model = made(network(), params, grey)
    expect(predicted(model, 1)).toBeAllClose(probabilitiesOf(network(), params, pixels, grey), close)
    model.dispose()
    disposeParams(params)
  })

  it('averages the probabilities of two networks', () => {
    const other = serial(body, dense(3))
    const [params, second] = [scattered(network(), [6, 5, 3]), scattered(other, [6, 5, 3], 8)]
    const model = made(network(), params, { ensemble: { layer: other, params: second } })
    const [a, b] = [params, second].map((each) => probabilitiesOf(network(), each, pixels, options))
    expect(predicted(model)).toBeAllClose(a?.map((p, i) => (p + (b?.[i] ?? 0)) / 2) ?? [], close)
    expect(model.layers.at(-1)?.name).toBe('probabilities')
    model.dispose()
    disposeParams([params, second])
  })
})

describe('photoLayersModel', () => {
  it('keeps pixels out of the padding of convolutions', () => {
    const padded = serial(conv2d(2, 3, { padding: 'same', bias: false }), flatten, dense(3))
    const params = scattered(padded, [6, 5, 3])
    const model = made(padded, params)
    expect(predicted(model)).toBeAllClose(probabilitiesOf(padded, params, pixels, options), close)
    model.dispose()
    disposeParams(params)
  })

  it('computes what two networks start with once', () => {
    const params = scattered(network(), [6, 5, 3]) as readonly ParamTree[]
    const head = scattered(dense(3), [4], 9)
    const second = cloneParams([params[0] ?? [], head]) as readonly ParamTree[]
    const model = made(network(), params, { ensemble: { layer: network(), params: second } })
    expect(classesOf(model).filter((name) => name === 'Conv2D')).toHaveLength(2)
    expect(classesOf(model).filter((name) => name === 'Dense')).toHaveLength(2)
    const alone = [params, second].map((each) => probabilitiesOf(network(), each, pixels, options))
    expect(predicted(model)).toBeAllClose(alone[0]?.map((p, i) => (p + (alone[1]?.[i] ?? 0)) / 2) ?? [], close)
    model.dispose()
    disposeParams([params, second, head])
  })

  it('shares no layer from the first that differs on', () => {
    const params = scattered(network(), [6, 5, 3])
    const moved = scope(() => {
      const [[conv, ...rest], head] = params as unknown as [ParamTree[], ParamTree]
      const { kernel, bias } = conv as { kernel: Tensor; bias: Tensor }
      return cloneParams([[{ kernel: add(kernel, scalar(1e-3)), bias }, ...rest], head] as ParamTree)
    })
    const wider = serial(conv2d(4, 3, { padding: 'same', dilation: 2 }), globalAveragePool, dense(3))
    const narrower = serial(conv2d(4, 3, { padding: 'same' }), globalAveragePool, dense(3))
    const one = scattered(narrower, [6, 5, 3])
    const models = [
      made(network(), params, { ensemble: { layer: network(), params: moved } }),
      made(narrower, one, { ensemble: { layer: wider, params: one } }),
    ]
    expect(models.map((model) => classesOf(model).filter((name) => name === 'Conv2D').length)).toEqual([4, 2])
    models.forEach((model) => {
      model.dispose()
    })
    disposeParams([params, moved, one])
  })

  it('is a plain model of tfjs that says its labels and its rule, saved and loaded too', async () => {
    const params = scattered(network(), [6, 5, 3])
    const rule = { fit: 'crop', shorter: 8, background: [0, 9, 255] } as const
    const model = made(network(), params, { ...rule, name: 'pets', metadata: { seed: 5 } })
    const folder = mkdtempSync(join(tmpdir(), 'ptu-photos-'))
    await model.save(fileHandler(folder))
    const again = await loadLayersModel(fileHandler(folder))
    expect(predicted(again)).toEqual(predicted(model))
    expect(again.name).toBe('pets')
    expect(again.getUserDefinedMetadata()).toEqual({
      labels: ['cat', 'dog', 'fox'],
      photo: { size: [6, 5], channels: 3, ...rule },
      ptu: { seed: 5 },
    })
    expect(classesOf(model).some((name) => name.startsWith('Ptu'))).toBe(false)
    ;[model, again].forEach((each) => {
      each.dispose()
    })
    disposeParams(params)
    rmSync(folder, { recursive: true })
  })

  it('does not learn its normalisation where it is trained on', () => {
    const params = scattered(network(), [6, 5, 3])
    const model = made(network(), params)
    expect(model.getLayer('normalise').trainableWeights).toEqual([])
    model.dispose()
    disposeParams(params)
  })

  it('refuses pictures of another size', () => {
    const params = scattered(network(), [6, 5, 3])
    const model = made(network(), params)
    expect(() => scope(() => model.predict(tensor(pixels, [2, 5, 6, 3])) as Tensor)).toThrow(/6,5,3/)
    model.dispose()
    disposeParams(params)
  })

  it.each([
    [{ labels: ['a', 'b'] }, /one output for each of 2 labels, got outputs of shape \[3\]/],
    [{ labels: ['a', 'b', 'a'] }, /two or more different names/],
    [{ labels: ['a', 'b', ''] }, /two or more different names/],
    [{ size: [6, 0] }, /a height and a width/],
    [{ size: [6] }, /a height and a width/],
    [{ channels: 2 }, /channels to be 1 for grey or 3 for colour, got 2/],
    [{ fit: 'stretch' }, /fit to be squash, crop or pad, got "stretch"/],
    [{ fit: 'crop', shorter: 5 }, /shorter to be at least the larger side of size/],
    [{ background: [0, 0, 256] }, /red, green and blue from 0 to 255/],
    [{ normalisation: { mean: [1, 2], deviation: 1 } }, /mean to be a number or 3 numbers, got \[1,2\]/],
    [{ normalisation: { mean: 1, deviation: [1, NaN, 1] } }, /deviation to be a number or 3 numbers/],
    [{ normalisation: { mean: 1, deviation: [1, 0, 1] } }, /deviations above 0/],
  ])('refuses %j', (changes, message) => {
    const params = scattered(network(), [6, 5, 3])
    expect(() => made(network(), params, changes as never)).toThrow(message)
    disposeParams(params)
  })

  it('names the layer that tfjs does not have, and leaves nothing behind', () => {
    const normed = serial(conv2d(4, 3), groupNorm(2), globalAveragePool, dense(3))
    const params = scattered(normed, [6, 5, 3])
    expect(() => made(normed, params)).toThrow(/groupNorm cannot become a layer of tfjs/)
    disposeParams(params)
  })
})
