import { key } from '@ptu/core'
import {
  bidirectional,
  conv2d,
  dense,
  embedding,
  flatten,
  gru,
  infer,
  lastStep,
  lstm,
  maxPool,
  relu,
  serial,
  type Layer,
} from '@ptu/layers'
import { freeze, initBody, lenet, mlp, resnet, vgg, type Body } from '@ptu/networks'
import { fineTune, ptu, scratch, share, transfer, type Strategy } from '@ptu/strategies'
import { disposeParams, mapParams, normal, scope, type ParamTree, type Shape } from '@ptu/tensor'
import { add, mul, tensor, type Tensor } from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { describe, expect, it } from 'vitest'

import { everyLayer } from '../../layers/tests/every-layer.ts'
import { foldedLayersModel, layersModelOf, LayersModelError } from '../src/index.ts'

/** Parameters none of which is 0 or 1 by its start. */
const scattered = (layer: Layer, input: Shape): ParamTree =>
  scope(() => mapParams(layer.init(key(3), input), (leaf) => add(leaf, mul(0.3, normal(key(4), leaf.shape)))))

const predicted = (model: LayersModel, x: Tensor): Tensor => model.predict(x) as Tensor

/** The parts of transformers, which tfjs-layers has not. */
const transformers = [
  'classToken',
  'dotProductAttention',
  'firstStep',
  'geluTanh',
  'hardSwish',
  'layerScale',
  'leadingTokens',
  'permute',
  'positionEmbedding',
  'quickGelu',
  'rotaryPositions',
  'selfAttention',
  'slice',
  'transformerBlock',
  'typeEmbedding',
  'zeroPad1d',
]

/** The layers that tfjs-layers cannot compute, and the text of the refusal. */
const refused: readonly (readonly [type: string, why: RegExp])[] = [
  ['averagePool', /half of a window at most/],
  ['bidirectional', /two recurrent layers of one kind|masked/],
  ['conv2d', /with a stride or with a dilation, not with both/],
  ['depthwiseConv2d', /ignores dilation/],
  ['groupNorm', /no group normalisation/],
  ['gru', /resets the state before the product|masked/],
  ['hardSigmoid', /no activation that computes the same/],
  ['lastStep', /not right after a recurrent layer/],
  ['lstm', /masked/],
  ['meanOverTime', /count masked steps/],
  ['recurrentVariant', /no activation that computes the same/],
  ['reverseSteps', /it is not known here/],
  ['simpleRnn', /masked/],
  ['timeDistributed', /masked/],
  ...transformers.map((type) => [type, /it is not known here|masked/] as const),
]

describe('layersModelOf', () => {
  it.each(everyLayer.map(([name, layer, input, examples], i) => [`${i}: ${name}`, layer, input, examples] as const))(
    'makes of %s what computes the same, or names what cannot',
    (name, layer, input, examples) => {
      const params = scattered(layer, input)
      const x = examples?.() ?? normal(key(5), [3, ...input])
      try {
        const model = layersModelOf(layer, params, { input })
        scope(() => {
          const wanted = layer.apply(params, x, infer)
          expect(predicted(model, x).shape).toEqual(wanted.shape)
          expect(predicted(model, x)).toBeAllClose(wanted, { absolute: 1e-5, relative: 1e-5 })
        })
        model.dispose()
      } catch (cause) {
        if (!(cause instanceof LayersModelError)) throw cause
        const [, why] = refused.find(([type]) => name.endsWith(` ${type}`)) ?? []
        expect(why, `${name} was refused: ${cause.message}`).toBeDefined()
        expect(cause.message).toMatch(why ?? /never/)
      }
      disposeParams([x, params])
    },
  )

  it('exports at least two in three of the settings of all layers but those of transformers', () => {
    const others = everyLayer.filter(([name]) => !transformers.includes(name))
    const exported = others.filter(([, layer, input]) => {
      const params = layer.init(key(0), input)
      try {
        layersModelOf(layer, params, { input }).dispose()
        return true
      } catch {
        return false
      } finally {
        disposeParams(params)
      }
    })
    expect(exported.length).toBeGreaterThanOrEqual((others.length * 2) / 3)
  })

  it('reads padded tokens by a recurrent layer to its last step', () => {
    const network = serial(
      embedding(7, 3, { masked: true }),
      lstm(4, { masked: true }),
      lastStep({ masked: true }),
      dense(2),
    )
    const params = scattered(network, [4]) as readonly ParamTree[]
    const x = tensor(
      [
        [3, 1, 6, 2],
        [5, 4, 0, 0],
        [0, 0, 2, 2],
        [0, 0, 0, 0],
      ],
      [4, 4],
      'int32',
    )
    const model = layersModelOf(network, params, { input: [4] })
    scope(() => {
      expect(predicted(model, x)).toBeAllClose(network.apply(params, x, infer), { absolute: 1e-5 })
    })
    expect(model.layers.map((layer) => layer.getClassName())).toContain('Masking')
    model.dispose()
    disposeParams([x, params])
  })

  it.each([
    ['lenet', lenet([2, 3, 5]), [8, 8, 1]],
    ['mlp', mlp([6, 5]), [4, 3]],
    ['mlp of features', mlp([6, 5]), [4]],
    ['vgg', vgg([2, 3], 5), [8, 8, 2]],
    ['resnet', resnet([2, 3]), [8, 8, 1]],
    ['both ends', [{ name: 'context', layer: serial(bidirectional(lstm(3)), lastStep()) }], [4, 2]],
  ] as readonly (readonly [string, Body, Shape])[])('exports %s with a head and metadata', (_name, body, input) => {
    const network = serial(...body.map(({ layer }) => layer), dense(3))
    const params = scattered(network, input) as readonly ParamTree[]
    const model = layersModelOf(network, params, { input, name: 'mine', metadata: { seed: 5 } })
    const x = normal(key(6), [2, ...input])
    scope(() => {
      expect(predicted(model, x)).toBeAllClose(network.apply(params, x, infer), { absolute: 1e-5, relative: 1e-5 })
    })
    expect(model.name).toBe('mine')
    expect(model.getUserDefinedMetadata()).toEqual({ ptu: { seed: 5 } })
    model.dispose()
    disposeParams([x, params])
  })

  it('gives layers the same names each time', () => {
    const network = serial(conv2d(2, 3), relu, conv2d(2, 3), relu, maxPool(2), flatten, dense(2))
    const params = scattered(network, [4, 4, 1])
    const names = [1, 2].map(() => {
      const model = layersModelOf(network, params, { input: [4, 4, 1] })
      const found = model.layers.map(({ name }) => name)
      model.dispose()
      return found
    })
    expect(names[0]).toEqual(['input', 'conv2d', 'relu', 'conv2d_2', 'relu_2', 'max_pooling2d', 'flatten', 'dense'])
    expect(names[0]).toEqual(names[1])
    disposeParams(params)
  })
})

describe('foldedLayersModel', () => {
  const body = lenet([2, 3, 5])
  const input = [8, 8, 1]

  it.each([
    ['share, ptu and fine-tune', [share, ptu(), fineTune]],
    ['scratch', [scratch, scratch, scratch]],
  ] as readonly (readonly [string, readonly Strategy[]])[])('exports %s', async (_name, blocks) => {
    const source = freeze(body, initBody(body, key(0), input))
    const model = transfer(source, { blocks, head: dense(2) })
    const params = scope(() => {
      const start = model.init(key(1), input)
      return mapParams(start, (leaf) => add(leaf, mul(0.2, normal(key(2), leaf.shape))))
    })
    const exported = await foldedLayersModel(model, params, { input, seed: 1, source, metadata: { note: 'mine' } })
    const x = normal(key(6), [2, ...input])
    scope(() => {
      expect(predicted(exported, x)).toBeAllClose(model.apply(params, x, infer), { absolute: 1e-5, relative: 1e-5 })
    })
    expect(exported.getUserDefinedMetadata()).toMatchObject({
      ptu: {
        seed: 1,
        note: 'mine',
        strategy: { conv1: model.blocks[0]?.strategy },
        sourceSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    })
    exported.dispose()
    disposeParams([x, params, source.blocks.map((block) => block.params)])
  })

  it('names what cannot be folded, and what cannot be exported', async () => {
    const recurrent: Body = [{ name: 'rows', layer: serial(gru(2), lastStep()) }]
    const source = freeze(recurrent, initBody(recurrent, key(0), [3, 2]))
    for (const [strategy, message] of [
      [ptu({ mix: 'post' }), /block rows \(ptu-post\) cannot be folded/],
      [ptu(), /gru cannot become a layer of tfjs/],
    ] as const) {
      const model = transfer(source, { blocks: [strategy], head: dense(2) })
      const params = model.init(key(1), [3, 2])
      await expect(foldedLayersModel(model, params, { input: [3, 2], seed: 1, source })).rejects.toThrow(message)
      disposeParams(params)
    }
    disposeParams(source.blocks.map(({ params }) => params))
  })
})
