import { key } from '@ptu/core'
import { infer, type Layer } from '@ptu/layers'
import { disposeParams, mapParams, normal, scope, type ParamTree, type Shape } from '@ptu/tensor'
import { add, mul, softmax, tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { InferenceSession, Tensor as OrtTensor, env } from 'onnxruntime-web'
import { beforeAll, describe, expect, it } from 'vitest'

import { everyLayer } from '../../layers/tests/every-layer.ts'
import { encodeOnnx, type OnnxOptions, type TrainedNetwork } from '../src/index.ts'

beforeAll(() => {
  env.wasm.numThreads = 1
})

/** Parameters none of which is 0 or 1 by its start. */
const scattered = (layer: Layer, input: Shape): ParamTree =>
  scope(() => mapParams(layer.init(key(3), input), (leaf) => add(leaf, mul(0.3, normal(key(4), leaf.shape)))))

const bytesOf = async (network: TrainedNetwork, options: OnnxOptions): Promise<Uint8Array> => {
  const written = await encodeOnnx([network], options)()
  if (E.isLeft(written)) throw written.left
  return written.right
}

/** The outputs of a file for one input, by ONNX Runtime. */
const run = async (bytes: Uint8Array, x: Tensor, tokens: boolean): Promise<Readonly<Record<string, Tensor>>> => {
  const session = await InferenceSession.create(bytes)
  const [name = ''] = session.inputNames
  const numbers = await x.data()
  const input = tokens
    ? new OrtTensor('int64', BigInt64Array.from(numbers, BigInt), x.shape)
    : new OrtTensor('float32', Float32Array.from(numbers), x.shape)
  const outputs = await session.run({ [name]: input })
  await session.release()
  return Object.fromEntries(
    Object.entries(outputs).map(([output, { data, dims }]) => [output, tensor(data as Float32Array, [...dims])]),
  )
}

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
