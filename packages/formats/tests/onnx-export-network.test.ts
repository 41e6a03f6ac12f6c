import { fromBinary } from '@bufbuild/protobuf'
import { key } from '@ptu/core'
import {
  conv2d,
  dense,
  depthwiseConv2d,
  embedding,
  flatten,
  frozenBatchNorm,
  globalAveragePool,
  gru,
  infer,
  lastStep,
  pointwiseConv2d,
  relu,
  relu6,
  residual,
  serial,
  type Layer,
} from '@ptu/layers'
import { disposeSource, foldNormalisations, freeze, mlp } from '@ptu/networks'
import { disposeParams, mapParams, normal, scope, type ParamTree, type Shape } from '@ptu/tensor'
import { add, div, mul, softmax, sub, tensor, transpose, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { env } from 'onnxruntime-web'
import { beforeAll, describe, expect, it } from 'vitest'

import { everyLayer } from '../../layers/tests/every-layer.ts'
import { encodeOnnx, type TrainedNetwork } from '../src/index.ts'
import { ModelProtoSchema, type ModelProto } from '../src/onnx/generated/onnx_pb.ts'
import { bytesOf, run, scattered } from './onnx-run.ts'

beforeAll(() => {
  env.wasm.numThreads = 1
})

const modelIn = (bytes: Uint8Array): ModelProto => fromBinary(ModelProtoSchema, bytes)

const operators = (model: ModelProto): readonly string[] => (model.graph?.node ?? []).map(({ opType }) => opType)

const body = serial(
  serial(conv2d(6, 3, { stride: 2, padding: 1, bias: false }), frozenBatchNorm, relu6),
  residual(
    serial(
      serial(pointwiseConv2d(12, { bias: false }), frozenBatchNorm, relu6),
      serial(depthwiseConv2d(3, { padding: 1, bias: false }), frozenBatchNorm, relu6),
      serial(pointwiseConv2d(6, { bias: false }), frozenBatchNorm),
    ),
  ),
)
const shape = [9, 8, 3]
const normalisation = { mean: [100, 120, 140], deviation: [50, 60, 70] }

/** A network of inverted residuals with its batch normalisations folded, and a head. */
const folded = (): TrainedNetwork => {
  const source = freeze([{ name: 'body', layer: body }], [scattered(body, shape)])
  const plain = foldNormalisations(source)
  disposeSource(source)
  const [block] = plain.blocks
  if (block === undefined) throw new Error('it has a block')
  const head = serial(globalAveragePool, dense(4))
  const params = [block.params, scattered(head, block.output(shape))]
  return { layer: serial(block.layer, head), params, blocks: ['body', 'head'] }
}

/** Pictures of bytes. */
const pictures = (): Tensor =>
  tensor(
    Float32Array.from({ length: 2 * 9 * 8 * 3 }, (_, i) => (i * 37) % 256),
    [2, ...shape],
  )

const wantedOf = ({ layer, params }: TrainedNetwork, x: Tensor): Tensor =>
  layer.apply(params, div(sub(x, tensor(normalisation.mean)), tensor(normalisation.deviation)), infer)

describe('a file of a whole network', () => {
  it.each(['nhwc', 'nchw'] as const)('reads raw pixels with its axes as %s', async (layout) => {
    const network = folded()
    const options = { input: { name: 'pixels', shape }, normalisation, layout }
    const bytes = await bytesOf(network, options)
    const x = pictures()
    const given = layout === 'nhwc' ? x.clone() : transpose(x, [0, 3, 1, 2])
    const found = await run(bytes, given, false)
    scope(() => {
      expect(found['logits']).toBeAllClose(wantedOf(network, x), { absolute: 1e-5, relative: 1e-5 })
      expect(found['probabilities']).toBeAllClose(softmax(wantedOf(network, x)), { absolute: 1e-5 })
    })
    expect(operators(modelIn(bytes)).filter((one) => one === 'Transpose').length).toBe(layout === 'nhwc' ? 1 : 0)
    disposeParams([x, given, network.params, found])
  })

  it('says its versions, its inputs and outputs, and what it is told', async () => {
    const network = folded()
    const metadata = { labels: '["a","b"]' }
    const options = { input: { name: 'pixels', shape }, metadata, version: '1.2.3' }
    const model = modelIn(await bytesOf(network, options))
    expect([model.irVersion, model.opsetImport[0]?.version]).toEqual([8n, 17n])
    expect([model.producerName, model.producerVersion]).toEqual(['ptu', '1.2.3'])
    expect(model.metadataProps.map(({ key: name, value }) => [name, value])).toEqual([['labels', '["a","b"]']])
    expect(model.graph?.input.map(({ name }) => name)).toEqual(['pixels'])
    expect(model.graph?.output.map(({ name }) => name)).toEqual(['probabilities', 'logits'])
    expect(model.graph?.initializer.map(({ name }) => name)).toContain('head/1.kernel')
    disposeParams(network.params)
  })

  it('has the same bytes each time', async () => {
    const network = folded()
    const options = { input: { name: 'pixels', shape }, normalisation }
    expect(await bytesOf(network, options)).toEqual(await bytesOf(network, options))
    disposeParams(network.params)
  })

  it('averages two networks, whose common start is there once', async () => {
    const network = folded()
    const [start, head] = network.params as readonly [ParamTree, ParamTree]
    const other = scope(() => mapParams(head, (leaf) => mul(-0.5, leaf)))
    const second = { ...network, params: [start, other] }
    const options = { input: { name: 'pixels', shape }, normalisation }
    const bytes = await bytesOf(network, options, second)
    expect(operators(modelIn(bytes)).filter((one) => one === 'Conv').length).toBe(4)
    const x = pictures()
    const found = await run(bytes, x, false)
    scope(() => {
      const mean = mul(0.5, add(softmax(wantedOf(network, x)), softmax(wantedOf(second, x))))
      expect(found['probabilities']).toBeAllClose(mean, { absolute: 1e-5 })
      expect(Object.keys(found)).toEqual(['probabilities'])
    })
    disposeParams([x, network.params, other, found])
  })

  const whole: readonly (readonly [string, Layer, Shape])[] = [
    ['rows', serial(...mlp([8, 6]).map(({ layer }) => layer), dense(3)), [5]],
    ['steps', serial(gru(6), lastStep(), dense(3)), [7, 4]],
  ]

  it.each(whole)('of %s computes what was trained', async (_name, layer, input) => {
    const params = scattered(layer, input)
    const x = normal(key(5), [4, ...input])
    const found = await run(await bytesOf({ layer, params }, { input: { name: 'features', shape: input } }), x, false)
    scope(() => {
      expect(found['logits']).toBeAllClose(layer.apply(params, x, infer), { absolute: 1e-5, relative: 1e-5 })
    })
    disposeParams([x, params, found])
  })

  it('takes tokens as whole numbers', async () => {
    const layer = serial(embedding(9, 3), flatten, dense(2), relu)
    const params = scattered(layer, [4])
    const model = modelIn(await bytesOf({ layer, params }, { input: { name: 'tokens', shape: [4] }, tokens: true }))
    expect(model.graph?.input[0]?.type?.value).toMatchObject({ case: 'tensorType', value: { elemType: 7 } })
    disposeParams(params)
  })

  it('is refused for a layer that is not in the table, by its name and place', async () => {
    const made = dense(2)
    const strange: Layer = { ...made, spec: { type: 'wormhole' } }
    const layer = serial(dense(3), serial(relu, strange))
    const params = layer.init(key(0), [3])
    const written = await encodeOnnx([{ layer, params, blocks: ['first', 'second'] }], {
      input: { name: 'x', shape: [3] },
    })()
    expect(E.isLeft(written) && written.left.message).toMatch(
      /^second\/1: expected a layer that can be written to ONNX \(.*gru.*\), got wormhole; export with/,
    )
    disposeParams(params)
  })

  it('is refused for an activation of a recurrent layer that ONNX has not', async () => {
    const [, layer] = everyLayer.find(([name]) => name === 'recurrentVariant') ?? []
    if (layer === undefined) throw new Error('there is one')
    const strange: Layer = { ...layer, spec: { ...layer.spec, activation: { type: 'gelu' } } }
    const params = layer.init(key(0), [4, 2])
    const written = await encodeOnnx([{ layer: strange, params }], { input: { name: 'x', shape: [4, 2] } })()
    expect(E.isLeft(written) && written.left.message).toContain('recurrent operators have no activation gelu')
    disposeParams(params)
  })
})
