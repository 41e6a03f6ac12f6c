import { key } from '@ptu/core'
import { disposeSource } from '@ptu/networks'
import { scope, uniform } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import * as tf from '@tensorflow/tfjs'
import * as E from 'fp-ts/lib/Either.js'
import { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { cutPoints, decodeLayersModel, fromLayersModel, type StoredLayersModel } from '../src/index.ts'

/** The part of the model's `model.json` that is used. */
interface ModelJson {
  readonly modelTopology: {
    readonly model_config: {
      readonly config: {
        layers: readonly { readonly name: string; readonly config: Record<string, unknown> }[]
        output_layers: unknown
      }
    }
  }
  readonly weightsManifest: readonly { readonly weights: tf.io.WeightsManifestEntry[] }[]
}

/** The form in which nsfwjs ships a model: its weights are base64 text in modules. */
interface Shipped {
  readonly modelJson: () => Promise<{ readonly default: ModelJson }>
  readonly weightBundles: readonly (() => Promise<{ readonly default: string }>)[]
}

const cuts = ['Conv1_relu', 'block_2_add', 'block_5_add', 'block_9_add', 'block_12_add', 'block_15_add']
const until = 'out_relu'
const input = [96, 96, 3]

const opened = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

/** The same layers by `@tensorflow/tfjs-layers`, for the input and the outputs of the blocks. */
const reference = async (json: ModelJson, bytes: Uint8Array): Promise<tf.LayersModel> => {
  const full = await tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
      weightData: new Uint8Array(bytes).buffer,
    }),
  )
  const modelTopology = structuredClone(json.modelTopology)
  const { config } = modelTopology.model_config
  config.layers = config.layers.slice(0, config.layers.findIndex(({ name }) => name === until) + 1)
  config.output_layers = [[until, 0, 0]]
  Object.assign(config.layers[0]?.config ?? {}, { batch_input_shape: [null, ...input] })
  const small = await tf.models.modelFromJSON({ modelTopology } as never)
  for (const layer of small.layers) layer.setWeights(full.getLayer(layer.name).getWeights())
  full.dispose()
  return small
}

// Weights born on ImageNet and tuned by nsfwjs on a content moderation set, 8 bits each.
describe('the MobileNetV2 that nsfwjs ships, at 96×96', () => {
  const loaded: { json?: ModelJson; bytes?: Uint8Array; model?: StoredLayersModel } = {}

  beforeAll(async () => {
    await useBackend('wasm')()
    const { modelJson, weightBundles } = MobileNetV2Model as Shipped
    const { default: json } = await modelJson()
    const text = (await Promise.all(weightBundles.map((bundle) => bundle()))).map((bundle) => bundle.default).join('')
    const bytes = Buffer.from(text, 'base64')
    Object.assign(loaded, { json, bytes, model: opened(decodeLayersModel(json, bytes)) })
  })

  afterAll(() => tf.setBackend('cpu'))

  it('computes in each block what tfjs-layers computes', async () => {
    const { json, bytes, model } = loaded as Required<typeof loaded>
    const source = opened(fromLayersModel(model, cuts, { input, until }))
    const whole = await reference(json, bytes)
    const outputs = [...cuts, until].map((name) => whole.getLayer(name).output as tf.SymbolicTensor)
    const taps = tf.model({ inputs: whole.inputs, outputs })
    scope(() => {
      const x = uniform(key(1), [2, ...input], 0, 1)
      const theirs = taps.predict(x) as tf.Tensor[]
      source.activations(x).forEach((ours, i) => {
        const expected = theirs[i] as tf.Tensor
        const largest = Math.max(...expected.abs().max().dataSync())
        expect(ours.shape).toEqual(expected.shape)
        expect(ours).toBeAllClose(expected, { absolute: 1e-5 * largest, relative: 0 })
      })
    })
    expect(source.blocks.map(({ name }) => name)).toEqual([...cuts, until])
    disposeSource(source)
    whole.dispose()
  })

  it('can be cut wherever no shortcut passes by', () => {
    const points = opened(cutPoints((loaded as Required<typeof loaded>).model, { until }))
    expect(points).toHaveLength(74)
    expect(points).toContain('block_2_add')
    expect(points).not.toContain('block_2_expand')
  })

  it('says at which layers it can be cut when asked for another', () => {
    const left = fromLayersModel((loaded as Required<typeof loaded>).model, ['block_2_expand'], { input, until })
    expect(left).toMatchObject({ left: { message: expect.stringContaining('"block_2_expand"') as string } })
    expect(left).toMatchObject({
      left: { message: expect.stringContaining('block_1_project_BN, block_2_add') as string },
    })
  })

  it('names the layer that an input is too small for', () => {
    const left = fromLayersModel((loaded as Required<typeof loaded>).model, [], { input: [96, 96, 3] })
    expect(left).toMatchObject({
      left: { message: expect.stringMatching(/^layer .* \(AveragePooling2D\): /) as string },
    })
  })
})
