import { key } from '@ptu/core'
import {
  conv1d,
  conv2d,
  gru,
  infer,
  layerNorm,
  lstm,
  residual,
  serial,
  simpleRnn,
  softmax as softmaxLayer,
  type Layer,
} from '@ptu/layers'
import { disposeParams, normal, scope, type Shape } from '@ptu/tensor'
import { softmax, tensor } from '@tensorflow/tfjs-core'
import { env } from 'onnxruntime-web'
import { beforeAll, describe, expect, it } from 'vitest'

import { everyLayer } from '../../layers/tests/every-layer.ts'
import { bytesOf, run, scattered } from './onnx-run.ts'

beforeAll(() => {
  env.wasm.numThreads = 1
})

describe('encodeOnnx', () => {
  it.each(everyLayer.map(([name, layer, input, examples], i) => [`${i}: ${name}`, layer, input, examples] as const))(
    'writes %s as ONNX Runtime computes it',
    async (_name, layer, input, examples) => {
      const params = scattered(layer, input)
      const x = examples?.() ?? normal(key(5), [3, ...input])
      const tokens = x.dtype === 'int32'
      const bytes = await bytesOf({ layer, params }, { input: { name: 'x', shape: input }, tokens })
      const { logits, ...others } = await run(bytes, x, tokens)
      scope(() => {
        const wanted = layer.apply(params, x, infer)
        expect(logits?.shape).toEqual(wanted.shape)
        expect(logits).toBeAllClose(wanted, { absolute: 1e-5, relative: 1e-5 })
        expect(others['probabilities']).toBeAllClose(softmax(wanted), { absolute: 1e-5 })
      })
      disposeParams([x, params, logits ?? [], others])
    },
  )
})

/** Convolutions have their channels first in ONNX, so what follows one reads its input in another order. */
describe('a layer after a convolution', () => {
  const first = ([...sizes]: Shape): Layer => {
    const channels = sizes.at(-1) ?? 1
    return sizes.length === 3 ? conv2d(channels, 1) : conv1d(channels, 1)
  }
  const cases: readonly (readonly [string, Layer, Shape])[] = [
    ...everyLayer.filter(([, , input, examples]) => [2, 3].includes(input.length) && !examples),
    ['softmax', softmaxLayer, [3, 4, 2]] as const,
    ['softmax, channels last', serial(layerNorm(), softmaxLayer), [3, 4, 2]] as const,
    ['residual', residual(serial(layerNorm()), conv2d(2, 1)), [3, 4, 2]] as const,
  ].map(([name, layer, input], i) => [`${i}: ${name}`, layer, input])

  it.each(cases)('%s, is computed alike', async (_name, last, input) => {
    const layer: Layer = serial(first(input), last)
    const params = scattered(layer, input)
    const x = normal(key(5), [3, ...input])
    const found = await run(await bytesOf({ layer, params }, { input: { name: 'x', shape: input } }), x, false)
    scope(() => {
      expect(found['logits']).toBeAllClose(layer.apply(params, x, infer), { absolute: 1e-5, relative: 1e-5 })
    })
    disposeParams([x, params, found])
  })
})

describe('a masked recurrent layer', () => {
  const layers: readonly Layer[] = [simpleRnn, gru, lstm].map((made) => made(3, { masked: true }))

  it.each(layers)('passes over padding before, between and after steps ($spec.type)', async (layer) => {
    const real = [0, 1, 1, 0, 0, 1, 0]
    const params = scattered(layer, [7, 2])
    const x = tensor(
      real.flatMap((one, t) => [one * Math.sin(t + 1), one * Math.cos(t)]),
      [1, 7, 2],
    )
    const found = await run(await bytesOf({ layer, params }, { input: { name: 'x', shape: [7, 2] } }), x, false)
    scope(() => {
      expect(found['logits']).toBeAllClose(layer.apply(params, x, infer), { absolute: 1e-5, relative: 1e-5 })
    })
    disposeParams([x, params, found])
  })
})
