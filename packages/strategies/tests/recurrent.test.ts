import { key } from '@ptu/core'
import { fixedGate, hierarchicalGate, mix as blend, type Gate } from '@ptu/gates'
import {
  bidirectional,
  dense,
  flatten,
  gru,
  infer,
  lastStep,
  lstm,
  serial,
  timeDistributed,
  type Layer,
} from '@ptu/layers'
import { disposeSource, freeze, initBody, type OpenBlock } from '@ptu/networks'
import { disposeParams, normal, scope, type ParamTree } from '@ptu/tensor'
import { add, concat, mul, slice, tensor, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { fold, gateValues, ptu, ptuOver, transfer, type HiddenMix, type PtuOptions } from '../src/index.ts'

const input = [3, 2]
const hiddenMixes: readonly HiddenMix[] = (['mixed', 'pure'] as const).flatMap((hidden) =>
  [false, true].map((cell) => ({ hidden, cell })),
)

const blockOf = (layer: Layer, params: ParamTree): OpenBlock => ({
  name: 'rows',
  layer,
  params,
  output: (shape) => layer.output(shape),
})

/** A unit's block over a layer, two sets of parameters and an input; frees what `test` leaves. */
const withUnit = (
  layer: Layer,
  options: PtuOptions,
  test: (
    block: ReturnType<ReturnType<typeof ptu>>,
    at: { readonly source: ParamTree; readonly own: ParamTree; readonly x: Tensor },
  ) => void,
): void => {
  scope(() => {
    const [source, own] = [layer.init(key(1), input), layer.init(key(2), input)]
    test(ptu(options)(blockOf(layer, source)), { source, own, x: normal(key(3), [2, ...input]) })
  })
}

const bits = (x: Tensor): readonly number[] => [...x.dataSync()]
const rowOf = (x: Tensor, row: number): Tensor => slice(x, [row, 0, 0], [1, -1, -1])

describe('a unit by default', () => {
  it('has three branches over a recurrent layer and two elsewhere', async () => {
    const body = [
      { name: 'each', layer: timeDistributed(dense(2)) },
      { name: 'rows', layer: serial(bidirectional(gru(1)), lastStep()) },
    ]
    const source = freeze(body, initBody(body, key(1), input))
    const model = transfer(source, { blocks: [ptu(), ptu()], head: dense(2) })
    const params = model.init(key(2), input)
    const part = { update: [expect.closeTo(0.75, 6)], fineTune: [expect.closeTo(1 / (1 + Math.exp(-2)), 6)] }
    expect(await gateValues(model, params)).toEqual([
      { block: 'each', unit: 0, update: [0.5, 0.5] },
      { block: 'rows', unit: 0, ...part },
      { block: 'rows', unit: 1, ...part },
    ])
    disposeParams(params)
    disposeSource(source)
  })
})

describe('a unit that mixes states', () => {
  it.each(hiddenMixes)('cannot be folded, and says why: %o', (mix) => {
    const body = [{ name: 'rows', layer: serial(lstm(2), lastStep()) }]
    const source = freeze(body, initBody(body, key(1), input))
    const model = transfer(source, { blocks: [ptu({ mix })], head: dense(2) })
    const params = model.init(key(2), input)
    expect(() => fold(model, params)).toThrow(
      /^block rows \(ptu-hidden.*\): lstm with its hidden state mixed cannot be folded/,
    )
    disposeParams(params)
    disposeSource(source)
  })

  it.each(hiddenMixes)('draws its gates once for a sequence, for every step and state: %o', (mix) => {
    const layer: Layer = lstm(4)
    const shapes: (readonly number[])[] = []
    const gate: Gate<readonly []> = {
      name: 'one open, one shut',
      branches: 2,
      init: () => [],
      apply: () => {
        throw new Error('expected gates that can be drawn before the branches are known to be drawn once')
      },
      sample: (_params, shape) => {
        shapes.push(shape)
        return { update: tensor([1, 1, 1, 1, 0, 0, 0, 0], [2, 4]) }
      },
    }
    withUnit(layer, { gate, mix }, (block, { source, own, x }) => {
      const mixed = block.apply({ fineTuned: own, gate: [] }, { x }, infer)
      expect(shapes).toEqual([[2, 4]])
      const plain = concat([layer.apply(own, rowOf(x, 0), infer), layer.apply(source, rowOf(x, 1), infer)])
      expect(mixed).toBeAllClose(plain, { absolute: 1e-6 })
    })
  })

  it('asks for gates of every step and unit where it mixes maps', () => {
    const shapes: (readonly number[])[] = []
    const gate: Gate<readonly []> = {
      ...{ name: 'half open', branches: 2, init: () => [] },
      apply: (_params, { source, fineTuned }) => mul(add(source, fineTuned), 0.5),
      sample: (_params, shape) => {
        shapes.push(shape)
        return { update: tensor(0.5) }
      },
    }
    withUnit(lstm(4), { gate, mix: 'pre' }, (block, { own, x }) => {
      block.apply({ fineTuned: own, gate: [] }, { x }, infer)
      expect(shapes).toEqual([[2, 3, 1, 4]])
    })
  })

  it('has a source that reads the mixed state, or its own', () => {
    const gate = fixedGate({ update: 0.5 })
    const outputs = (options: PtuOptions): readonly number[] => {
      let found: readonly number[] = []
      withUnit(lstm(3), options, (block, { own, x }) => {
        found = bits(block.apply({ fineTuned: own, gate: [] }, { x }, infer))
      })
      return found
    }
    const all = [...hiddenMixes, 'pre' as const, 'post' as const].map((mix) => outputs({ gate, mix }).join())
    expect(new Set(all).size).toBe(all.length)
  })

  it.each([gru(3), serial(timeDistributed(flatten), gru(3), lastStep())])(
    'of a source that runs by itself keeps its sequence per example',
    (layer) => {
      const body = [{ name: 'rows', layer }]
      const source = freeze(body, initBody(body, key(1), input))
      const model = transfer(source, { blocks: [ptu({ mix: { hidden: 'pure' } })], head: dense(2) })
      const x = normal(key(3), [4, ...input])
      const encoded = model.encode(x) as { readonly prepared: { readonly source: Tensor } }
      expect(encoded.prepared.source.shape).toEqual([4, 3, 3])
      disposeParams([x, encoded])
      disposeSource(source)
    },
  )

  it('mixes affine maps in layers that are not recurrent, and folds there', () => {
    const body = [{ name: 'each', layer: timeDistributed(dense(2)) }]
    const source = freeze(body, initBody(body, key(1), input))
    const model = transfer(source, { blocks: [ptu({ mix: { hidden: 'mixed' } })], head: serial(flatten, dense(2)) })
    expect(model.blocks[0]?.strategy).toBe('ptu')
    const params = model.init(key(2), input)
    disposeParams([params, fold(model, params).params])
    disposeSource(source)
  })
})

describe('a unit mixed after the nonlinearity', () => {
  it('mixes the outputs of layers that run by themselves, recurrent ones too', () => {
    const layer: Layer = gru(3)
    withUnit(layer, { gate: fixedGate({ update: 0.25 }), mix: 'post' }, (block, { source, own, x }) => {
      const [kept, tuned] = [layer.apply(source, x, infer), layer.apply(own, x, infer)]
      const mixed = block.apply({ fineTuned: own, gate: [] }, { x }, infer)
      expect(mixed).toBeAllClose(add(mul(kept, 0.75), mul(tuned, 0.25)), { absolute: 1e-6 })
    })
  })
})

describe('a unit over a black box', () => {
  // nearer to one branch than to the other, so that they cannot be exchanged
  const gate = hierarchicalGate({ update: 0.3 })

  it('of sequences mixes every step with a recurrent layer, as over an open source that runs by itself', () => {
    const layer: Layer = gru(3)
    withUnit(layer, { gate, mix: { hidden: 'pure' } }, (open, { source, own, x }) => {
      const box = ptuOver(layer, gate)({ name: 'box', output: (shape) => layer.output(shape) })
      const gateParams = gate.init(key(4), 3)
      const seen = layer.apply(source, x, infer)
      const mixed = box.apply({ own, gate: gateParams }, { x, source: seen }, infer)
      expect(bits(mixed)).toEqual(bits(open.apply({ fineTuned: own, gate: gateParams }, { x }, infer)))
    })
  })

  it('of sequences mixes the output of a layer made of several', () => {
    const layer: Layer = bidirectional(gru(2))
    withUnit(layer, {}, (_open, { source, own, x }) => {
      const box = ptuOver(layer, fixedGate({ update: 0.3 }))({ name: 'box', output: (shape) => layer.output(shape) })
      const [seen, made] = [layer.apply(source, x, infer), layer.apply(own, x, infer)]
      const mixed = box.apply({ own, gate: [] }, { x, source: seen }, infer)
      expect(bits(mixed)).toEqual(bits(blend({ update: tensor(0.3) }, { source: seen, fineTuned: made })))
    })
  })
})
