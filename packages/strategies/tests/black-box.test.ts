import { key } from '@ptu/core'
import { fixedGate, hierarchicalGate, type HierarchicalGateParams } from '@ptu/gates'
import { dense, gru, infer, type DenseParams } from '@ptu/layers'
import { fromFunction } from '@ptu/networks'
import { disposeParams, normal, scope } from '@ptu/tensor'
import { add, mul } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { fineTune, observe, ptu, ptuOver, share, transfer } from '../src/index.ts'

const source = fromFunction((x) => [mul(x, 2), mul(x, 3)], { first: [4], second: [4] })
const plan = { blocks: [observe, ptuOver(dense(4), fixedGate({ update: 0.25 }))], head: dense(2) }

describe('a source that cannot be looked into', () => {
  it('is observed, and a unit mixes a quarter of its own layer into what the source gives', () => {
    const model = transfer(source, plan)
    const params = model.init(key(1), [4])
    const x = normal(key(2), [3, 4])
    const { own } = params.blocks[1] as { readonly own: DenseParams }
    scope(() => {
      const made = dense(4).apply(own, mul(x, 2), infer)
      const mixed = add(mul(0.75, mul(x, 3)), mul(0.25, made))
      const expected = dense(2).apply(params.head as DenseParams, mixed, infer)
      expect(model.apply(params, x, infer)).toBeAllClose(expected, { absolute: 1e-6 })
    })
    disposeParams([params, x])
  })

  it('of sequences has a gate for each feature, not for each step', () => {
    const block = ptuOver(gru(3), hierarchicalGate())({ name: 'box', output: ([steps = 0]) => [steps, 3] })
    const params = block.init(key(1), [5, 2]) as { readonly gate: HierarchicalGateParams }
    expect(params.gate.update.channel.shape).toEqual([3])
    disposeParams(params)
  })

  it('has no parameters: strategies that need some do not compile', () => {
    const refused = [
      // @ts-expect-error a block without parameters cannot be fine-tuned
      () => transfer(source, { blocks: [observe, fineTune], head: dense(2) }),
      // @ts-expect-error nor shared
      () => transfer(source, { blocks: [observe, share], head: dense(2) }),
      // @ts-expect-error nor mixed with a copy of itself
      () => transfer(source, { blocks: [observe, ptu()], head: dense(2) }),
    ]
    expect(refused).toHaveLength(3)
  })
})
