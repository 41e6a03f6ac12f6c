import { key } from '@ptu/core'
import { mix as blend, type Gate } from '@ptu/gates'
import { dense, gru, infer, type DenseParams } from '@ptu/layers'
import { disposeSource } from '@ptu/networks'
import { bernoulli, disposeParams, mapParams, normal, scope, zipParams, type ParamTree } from '@ptu/tensor'
import { add, mul, reshape, slice, sub, tile, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it, vi } from 'vitest'

import {
  fineTune,
  fineTunePlan,
  gateValues,
  observe,
  ptu,
  roleOf,
  scratch,
  share,
  sharePlan,
  transfer,
  uniformPlan,
  type TransferParams,
} from '../src/index.ts'
import { unit } from '../src/unit.ts'
import { examples, exampleSource, initKey, inputShape } from './example-source.ts'

/** Draws one binary mask per example and channel, the same for the same number of channels. */
const binaryGate: Gate<readonly []> = {
  name: 'binary',
  branches: 2,
  init: () => [],
  apply: (_params, branches) =>
    scope(() => {
      const { shape, rank } = branches.source
      const places = Array.from({ length: rank - 2 }, () => 1)
      return blend({ update: bernoulli(key(8), [shape[0], ...places, shape.at(-1) ?? 1], 0.5) }, branches)
    }),
}

describe('a unit under binary masks', () => {
  it('gives the same mixed before and after the nonlinearity, bit for bit', () => {
    const source = exampleSource()
    const [pre, post] = (['pre', 'post'] as const).map((mix) =>
      transfer(source, { blocks: uniformPlan(source, ptu({ gate: binaryGate, mix })), head: dense(3) }),
    ) as [ReturnType<typeof transfer>, ReturnType<typeof transfer>]
    const x = examples(6)
    // the fine-tuned branches start at the source's: the same change for both makes them differ
    const [a, b] = [pre, post].map((model) => {
      const start = model.init(initKey, inputShape)
      const params = mapParams<ParamTree>(start, (leaf, path) => add(leaf, normal(key(path.length), leaf.shape, 0.3)))
      disposeParams(start)
      return params as TransferParams
    }) as [TransferParams, TransferParams]
    const outputs = [pre.apply(a, x, infer), post.apply(b, x, infer)]
    expect([...(outputs[0]?.dataSync() ?? [])]).toEqual([...(outputs[1]?.dataSync() ?? [NaN])])
    disposeParams([x, a, b, outputs])
    disposeSource(source)
  })
})

describe('a unit over a recurrent layer', () => {
  it('draws its gates once for a sequence: each is read by a plain layer of parameters mixed by its own draw', () => {
    const layer = gru(4)
    const pretrained = layer.init(key(1), [3, 2])
    const own = layer.init(key(2), [3, 2])
    const x = normal(key(3), [5, 3, 2])
    const draws = bernoulli(key(8), [5, 1, 1, 4], 0.5)
    const gate: Gate<readonly []> = {
      name: 'drawn',
      branches: 2,
      init: () => [],
      apply: (_params, branches) => blend({ update: draws }, branches),
      sample: () => ({ update: draws.clone() }),
    }
    scope(() => {
      const mixed = unit(layer, pretrained, gate).apply({ fineTuned: own, gate: [] }, x, infer)
      for (let row = 0; row < 5; row++) {
        const everyGate = tile(reshape(slice(draws, [row, 0, 0, 0], [1, 1, 1, 4]), [4]), [3])
        const params = zipParams(pretrained, own, (s, r) => add(mul(sub(1, everyGate), s), mul(everyGate, r)))
        const plain = layer.apply(params, slice(x, [row, 0, 0], [1, 3, 2]), infer)
        expect(slice(mixed, [row, 0, 0], [1, 3, 4])).toBeAllClose(plain, { absolute: 1e-6 })
      }
    })
    disposeParams([pretrained, own, x, draws])
  })
})

describe('a plan', () => {
  it('with the wrong number of strategies is refused by name', () => {
    const source = exampleSource()
    expect(() => transfer(source, { blocks: [share], head: dense(2) })).toThrow(
      'expected one strategy for each of the 3 blocks (conv1, conv2, dense), got 1',
    )
    disposeSource(source)
  })

  it('of share-k and fine-tune-k treats the first k blocks so and starts the others at random', () => {
    const source = exampleSource()
    const names = (blocks: ReturnType<typeof sharePlan>): readonly string[] =>
      transfer(source, { blocks, head: dense(2) }).blocks.map(({ strategy }) => strategy)
    expect(names(sharePlan(source, 1))).toEqual(['share', 'scratch', 'scratch'])
    expect(names(fineTunePlan(source, 2))).toEqual(['fine-tune', 'fine-tune', 'scratch'])
    expect(() => sharePlan(source, 4)).toThrow('sharePlan: expected k from 0 to 3, the number of blocks, got 4')
    disposeSource(source)
  })

  it('with a head that does not fit says what came', () => {
    const source = exampleSource()
    const model = transfer({ ...source, blocks: source.blocks.slice(0, 2) }, { blocks: [share, share], head: dense(2) })
    expect(() => model.init(initKey, inputShape)).toThrow('dense(2): expected [batch, in], got [batch, 1, 1, 6]')
    disposeSource(source)
  })
})

describe('gate values', () => {
  it('are read per block and channel', async () => {
    const source = exampleSource()
    const model = transfer(source, { blocks: [share, ptu(), ptu()], head: dense(2) })
    const params = model.init(initKey, inputShape)
    expect(await gateValues(model, params)).toEqual([
      { block: 'conv2', unit: 0, update: Array.from({ length: 6 }, () => 0.5) },
      { block: 'dense', unit: 0, update: Array.from({ length: 5 }, () => 0.5) },
    ])
    disposeParams(params)
    disposeSource(source)
  })

  it('belong to parameters whose paths tell their role', () => {
    expect(roleOf(['blocks', 0, 1, 'gate', 'update', 'unit'])).toBe('gate-unit')
    expect(roleOf(['blocks', 0, 1, 'gate', 'fineTune', 'channel'])).toBe('gate-channel')
    expect(roleOf(['blocks', 0, 1, 'fineTuned', 'kernel'])).toBe('weight')
    expect(roleOf(['head', 'bias'])).toBe('weight')
  })
})

describe('an encoding', () => {
  it.each([
    ['share', share],
    ['fine-tune', fineTune],
    ['scratch', scratch],
    ['ptu', ptu()],
    ['ptu mixed after the nonlinearity', ptu({ mix: 'post' })],
  ] as const)('does not run the source for blocks that do not read it: %s', (_name, strategy) => {
    const source = exampleSource()
    const activations = vi.fn((input: Tensor) => source.activations(input))
    const model = transfer({ ...source, activations }, { blocks: uniformPlan(source, strategy), head: dense(2) })
    const x = examples(2)
    const encoded = model.encode(x) as { readonly taps: ParamTree }
    expect(activations).not.toHaveBeenCalled()
    expect(encoded.taps).toEqual({})
    disposeParams([x, encoded])
    disposeSource(source)
  })
})

describe('observe', () => {
  it('passes on what the source computed, even above blocks that are learnt', () => {
    const source = exampleSource()
    const model = transfer(source, { blocks: [ptu(), ptu(), observe], head: dense(2) })
    const params = model.init(initKey, inputShape)
    const x = examples(3)
    const seen = scope(() => source.activations(x)[2] as Tensor)
    const encoded = model.encode(x) as unknown as { readonly taps: Readonly<Record<string, Tensor>> }
    expect(Object.keys(encoded.taps)).toEqual(['2'])
    expect([...(encoded.taps['2']?.dataSync() ?? [])]).toEqual([...seen.dataSync()])
    // blocks that learn do not reach the head through it
    const far = scope(() =>
      mapParams<ParamTree>(params, (leaf, path) => (path[0] === 'head' ? leaf.clone() : add(leaf, 1))),
    )
    const expected = dense(2).apply(params.head as DenseParams, seen, infer)
    for (const each of [params, far as TransferParams]) {
      const y = model.apply(each, x, infer)
      expect([...y.dataSync()]).toEqual([...expected.dataSync()])
      y.dispose()
    }
    disposeParams([params, far, x, seen, encoded, expected])
    disposeSource(source)
  })
})
