import { key } from '@ptu/core'
import {
  dense,
  embedding,
  firstStep,
  gelu,
  gru,
  infer,
  lastStep,
  layerNorm,
  meanOverTime,
  positionEmbedding,
  product,
  residual,
  selfAttention,
  serial,
  timeDistributed,
  transformerBlock,
  typeEmbedding,
  type Layer,
} from '@ptu/layers'
import { disposeParams, mapParams, normal, scope, type ParamTree } from '@ptu/tensor'
import { add, mul, tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { InferenceSession, Tensor as OrtTensor, env } from 'onnxruntime-web'
import { beforeAll, describe, expect, it } from 'vitest'

import { encodeOnnx } from '../src/index.ts'

beforeAll(() => {
  env.wasm.numThreads = 1
})

const masked = { masked: true } as const

/** An encoder of texts as BERT is, whose padding is token `padding`, with a head of two classes. */
const encoder = (padding: number, pooling: Layer): Layer =>
  serial(
    serial(
      embedding(11, 4, { ...masked, padding }),
      residual(positionEmbedding(9, masked)),
      residual(typeEmbedding(2, masked)),
      timeDistributed(layerNorm(), masked),
    ),
    transformerBlock(4, 2, { hidden: 6, norm: 'after', ...masked }),
    pooling,
    dense(2),
  )

/** An encoder as ModernBERT is. */
const modern: typeof encoder = (padding, pooling) => {
  const [norm, map] = [timeDistributed(layerNorm(), masked), (out: number) => timeDistributed(dense(out), masked)]
  return serial(
    embedding(11, 4, { ...masked, padding }),
    residual(serial(norm, selfAttention(4, 2, { ...masked, rotary: 100, window: 2 }))),
    residual(serial(norm, product(serial(map(5), gelu), map(5)), map(4))),
    pooling,
    dense(2),
  )
}

const paramsOf = (layer: Layer): ParamTree =>
  scope(() => mapParams(layer.init(key(3), [9]), (leaf) => add(leaf, mul(0.3, normal(key(4), leaf.shape)))))

const options = { input: { name: 'input_ids', shape: [9] }, tokens: true, freeSteps: true } as const

describe('an encoder of texts in ONNX with a free number of steps', () => {
  it.each([
    ['the mean of its tokens', 0, meanOverTime(masked)],
    ['its first token', 1, firstStep],
    ['the mean of its tokens after turns and a window', 0, meanOverTime(masked), modern],
  ] as const)('computes %s for texts of any length, padded or not', async (_what, padding, pooling, made = encoder) => {
    const layer = made(padding, pooling)
    const params = paramsOf(layer)
    const written = await encodeOnnx([{ layer, params }], options)()
    if (E.isLeft(written)) throw written.left
    const session = await InferenceSession.create(written.right)
    expect(session.inputNames).toEqual(['input_ids'])
    const [short, long] = [
      [5, 2, 7],
      [3, 4, 9, 10, 2, 6, 8, 5, 7],
    ]
    const batches = [[short], [long], [[...short, ...Array.from({ length: 6 }, () => padding)], long]]
    for (const rows of batches) {
      const shape = [rows.length, rows[0]?.length ?? 0]
      const { logits } = await session.run({
        input_ids: new OrtTensor('int64', BigInt64Array.from(rows.flat(), BigInt), shape),
      })
      const x = tensor(rows.flat(), shape, 'int32')
      const wanted = layer.apply(params, x, infer)
      expect(wanted).toBeAllClose([...(logits?.data as Float32Array)], { absolute: 1e-5 })
      disposeParams([x, wanted])
    }
    await session.release()
    disposeParams(params)
  })

  it.each([
    ['gru', serial(embedding(11, 4, masked), gru(3), lastStep(), dense(2))],
    ['lastStep', serial(embedding(11, 4, masked), lastStep(masked), dense(2))],
  ])('is refused where a layer holds the number of steps: %s', async (name, layer) => {
    const params = layer.init(key(0), [9])
    const written = await encodeOnnx([{ layer, params }], options)()
    disposeParams(params)
    expect(E.isLeft(written) && written.left.message).toContain(`for texts of any length`)
    expect(E.isLeft(written) && written.left.message).toContain(`got ${name}; export with --to onnx`)
  })
})
