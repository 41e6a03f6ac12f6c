import { key } from '@ptu/core'
import { fixedGate } from '@ptu/gates'
import {
  dense,
  embedding,
  infer,
  layerNorm,
  gelu,
  meanOverTime,
  positionEmbedding,
  product,
  residual,
  selfAttention,
  serial,
  timeDistributed,
  transformerBlock,
  typeEmbedding,
  type Mode,
} from '@ptu/layers'
import { disposeSource, freeze, initBody, withHead, type Body } from '@ptu/networks'
import { disposeParams, mapParams, normal, scope, type ParamTree } from '@ptu/tensor'
import { describeOnBackends, numbersOf } from '@ptu/testing'
import { add, mul, slice, tensor, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import {
  fineTune,
  fold,
  gateValues,
  lora,
  ptu,
  queriesAndValues,
  share,
  transfer,
  type TransferParams,
} from '../src/index.ts'

const masked = { masked: true } as const

/** An encoder of texts as BERT is: vectors of words, positions and types, then blocks normalised after their sums. */
const bert: Body = [
  {
    name: 'embeddings',
    layer: serial(
      embedding(9, 4, masked),
      residual(positionEmbedding(6, masked)),
      residual(typeEmbedding(2, masked)),
      timeDistributed(layerNorm(), masked),
    ),
  },
  { name: 'block', layer: transformerBlock(4, 2, { hidden: 5, norm: 'after', ...masked }) },
  { name: 'pooling', layer: meanOverTime(masked) },
]

const [norm, map] = [timeDistributed(layerNorm(), masked), (out: number) => timeDistributed(dense(out), masked)]

/** An encoder as ModernBERT is: turns for positions, attention to neighbours, a product of two maps, normalised before each path. */
const modern: Body = [
  { name: 'embeddings', layer: serial(embedding(9, 4, masked), norm) },
  {
    name: 'block',
    layer: serial(
      residual(serial(norm, selfAttention(4, 2, { ...masked, rotary: 100, window: 2 }))),
      residual(serial(norm, product(serial(map(5), gelu), map(5)), map(4))),
    ),
  },
  { name: 'pooling', layer: serial(norm, meanOverTime(masked)) },
]

/** Each encoder, and the channels of each unit over its block. */
const encoders: readonly (readonly [string, Body, readonly number[]])[] = [
  ['of BERT', bert, [4, 4, 4, 4, 4, 5, 4, 4]],
  ['of ModernBERT', modern, [4, 4, 4, 4, 4, 4, 5, 5, 4]],
]
const shape = [5]
const head = dense(2)
const train: Mode = { kind: 'train', key: key(4), progress: 0.5 }

const sourceOf = (body: Body) => freeze(body, initBody(body, key(1), shape))
const texts = (): Tensor => tensor([3, 8, 1, 2, 7, 5, 4, 0, 0, 0, 6, 1, 2, 0, 0], [3, 5], 'int32')

const moved = (params: ParamTree): ParamTree => {
  let next = 100
  return mapParams<ParamTree>(params, (leaf) => add(leaf, mul(normal(key(next++), leaf.shape), 0.2)))
}

await describeOnBackends('a strategy over a padded transformer', ({ tolerance }) => {
  describe.each(encoders)('%s', (_encoder, body, channels) => {
    it.each([
      ['ptu', ptu()],
      ['lora', lora({ rank: 2 })],
      ['lora of queries and values', lora({ rank: 2, select: queriesAndValues })],
      ['fine-tune', fineTune],
    ] as const)('%s folds into a plain encoder that sees no padding', (_name, strategy) => {
      const source = sourceOf(body)
      const x = texts()
      const model = transfer(source, { blocks: [strategy, strategy, share], head })
      const start = model.init(key(6), shape)
      const params = scope(() => moved(start)) as TransferParams
      const plain = fold(model, params)
      expect(plain.body.map(({ layer }) => layer.spec)).toEqual(body.map(({ layer }) => layer.spec))
      scope(() => {
        const network = withHead(plain.body, plain.head)
        const whole = model.apply(params, x, infer)
        expect(network.apply(plain.params, x, infer)).toBeAllClose(whole, tolerance)
        const short = model.apply(params, slice(x, [1, 0], [1, 2]), infer)
        expect(short).toBeAllClose(slice(whole, [1, 0], [1, 2]), tolerance)
      })
      disposeParams([x, start, params, plain.params])
      disposeSource(source)
    })

    it.each([
      ['share', share, 0],
      ['fine-tune', fineTune, 1],
    ] as const)('ptu with gates at their limit is %s, bit for bit, in training too', (_name, strategy, update) => {
      const source = sourceOf(body)
      const x = texts()
      for (const mode of [infer, train]) {
        const outputs = [strategy, ptu({ gate: fixedGate({ update }) })].map((each) => {
          const model = transfer(source, { blocks: [each, each, each], head })
          const params = model.init(key(6), shape)
          const y = model.apply(params, x, mode)
          const numbers = numbersOf(y)
          disposeParams([params, y])
          return numbers
        })
        expect(outputs[1]).toEqual(outputs[0])
      }
      disposeParams(x)
      disposeSource(source)
    })

    it('ptu has a unit for queries, keys, values, outputs, the maps inside and each normalisation', async () => {
      const source = sourceOf(body)
      const model = transfer(source, { blocks: [share, ptu(), share], head })
      const params = model.init(key(6), shape)
      const gates = await gateValues(model, params)
      expect(gates.map(({ update }) => update.length)).toEqual(channels)
      disposeParams(params)
      disposeSource(source)
    })
  })
})
