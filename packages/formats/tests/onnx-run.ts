import { key } from '@ptu/core'
import { type Layer } from '@ptu/layers'
import { mapParams, normal, scope, type ParamTree, type Shape } from '@ptu/tensor'
import { add, mul, tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web'

import { encodeOnnx, type OnnxOptions, type TrainedNetwork } from '../src/index.ts'

/** Parameters none of which is 0 or 1 by its start. */
export const scattered = (layer: Layer, input: Shape): ParamTree =>
  scope(() => mapParams(layer.init(key(3), input), (leaf) => add(leaf, mul(0.3, normal(key(4), leaf.shape)))))

/** The bytes of the file of networks. */
export const bytesOf = async (
  network: TrainedNetwork,
  options: OnnxOptions,
  ...more: readonly TrainedNetwork[]
): Promise<Uint8Array> => {
  const written = await encodeOnnx([network, ...more], options)()
  if (E.isLeft(written)) throw written.left
  return written.right
}

/** The outputs of a file for one input, by ONNX Runtime. */
export const run = async (bytes: Uint8Array, x: Tensor, tokens: boolean): Promise<Readonly<Record<string, Tensor>>> => {
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
