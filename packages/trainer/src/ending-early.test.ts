import { key, Tree } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'
import { dense, embedding, meanOverTime, serial, transformerBlock } from '@ptu/layers'
import { freeze, initBody } from '@ptu/networks'
import { fineTune, ptu, share, transfer, type Strategy, type TransferModel } from '@ptu/strategies'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { asIs } from '../tests/blobs.ts'
import { encodeDataset, encodeEachBatch } from './encodings.ts'
import { evaluate, predict } from './evaluate.ts'
import { encodeFeatures, encoderOf } from './features.ts'

const masked = { masked: true } as const
const body = [
  { name: 'embeddings', layer: embedding(12, 4, masked) },
  { name: 'block', layer: transformerBlock(4, 2, { hidden: 6, norm: 'after', ...masked }) },
  { name: 'last', layer: transformerBlock(4, 2, { hidden: 6, norm: 'after', ...masked }) },
  { name: 'pooling', layer: meanOverTime(masked) },
]
const params = initBody(body, key(1), [20])
const source = freeze(body, params)

/** Twenty texts of 1 to 20 tokens, not in the order of their lengths. */
const texts = (): Dataset => {
  const features = new Float32Array(20 * 20)
  for (let i = 0; i < 20; i++) for (let j = 0; j <= (7 * i) % 20; j++) features[i * 20 + j] = 1 + ((i + 3 * j) % 11)
  const labels = Int32Array.from({ length: 20 }, (_, i) => i % 3)
  return { shape: [20], features, labels, classes: ['a', 'b', 'c'], padding: 0 }
}
const whole = (): Dataset => {
  const { padding, ...rest } = texts()
  expect(padding).toBe(0)
  return rest
}

const modelOf = (strategies: readonly Strategy[]): TransferModel =>
  transfer(source, { blocks: strategies, head: dense(3) })

const close = (found: ArrayLike<number>, wanted: ArrayLike<number>): void => {
  expect(found).toHaveLength(wanted.length)
  Array.from(found).forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i] ?? NaN, 5)
  })
}

describe('texts that are padded to their own length', () => {
  it.each([
    ['all frozen', [share, share, share, share]],
    ['the last layer fine-tuned', [share, share, fineTune, fineTune]],
    ['a unit on the last layer', [share, share, ptu(), share]],
    ['a unit on every layer, from the tokens on', [ptu(), ptu(), ptu(), share]],
    ['the tokens alone to learn from', [fineTune, share, share, share]],
  ] as const)('give the logits of those padded to the longest, kept or not: %s', async (_what, strategies) => {
    const model = modelOf(strategies)
    const learnt = model.init(key(3), [20])
    const { logits } = await predict(model, learnt, encodeEachBatch(model, whole(), asIs))
    for (const memoryBudget of [0, 2 ** 20])
      for (const batchSize of [1, 3, 20]) {
        const data = await encodeDataset(model, texts(), asIs, { memoryBudget, chunk: 7 })
        expect(data.isCached).toBe(memoryBudget > 0)
        close((await predict(model, learnt, data, { batchSize })).logits, logits)
        data.dispose()
      }
    const { loss } = await evaluate(model, learnt, texts(), asIs)
    expect(loss).toBeCloseTo((await evaluate(model, learnt, whole(), asIs)).loss, 5)
    disposeParams(learnt)
  })

  it('are cut to the longest of a batch, where they are kept too', async () => {
    const model = modelOf([share, share, fineTune, fineTune])
    for (const memoryBudget of [0, 2 ** 20]) {
      const data = await encodeDataset(model, texts(), asIs, { memoryBudget })
      const { x, y } = data.batch([0, 3])
      expect(Tree.leaves<Tensor>(x)[0]?.shape).toEqual([2, 8, 4])
      disposeParams([x, y] as ParamTree)
      data.dispose()
    }
  })

  it('are cut with all that is kept of them, tokens too, and nothing else is', async () => {
    const model = modelOf([ptu(), ptu(), share, share])
    const data = await encodeDataset(model, texts(), asIs)
    const { x, y } = data.batch([0, 3])
    const shapes = Tree.leaves<Tensor>(x).map(({ shape }) => shape)
    expect(data.isCached).toBe(true)
    expect(shapes).toContainEqual([2, 8])
    for (const [, length, ...rest] of shapes) expect([length, rest.length <= 1]).toEqual([8, true])
    disposeParams([x, y] as ParamTree)
    data.dispose()
  })

  it('have the features of those padded to the longest, each at its place, and are cut again', async () => {
    const encode = async (count: number, examples: Dataset, chunk: number): Promise<Dataset> => {
      const layers = body.slice(0, count).map(({ layer }) => layer)
      const encoder = await encoderOf(serial(...layers), params.slice(0, count))
      return (await encodeFeatures(encoder, examples, asIs, { chunk })).dataset
    }
    for (const count of [2, 4])
      for (const chunk of [3, 64]) {
        const [own, all] = [await encode(count, texts(), chunk), await encode(count, whole(), chunk)]
        expect([own.shape, own.labels]).toEqual([all.shape, all.labels])
        close(own.features, all.features)
        expect([own.padding, all.padding]).toEqual([count === 2 ? 0 : undefined, undefined])
      }
    // A first chunk of short texts does not decide how long the features are.
    const short = await encode(2, take(texts(), [0, 3, 6, 9]), 1)
    expect(short.shape).toEqual([20, 4])
  })
})
