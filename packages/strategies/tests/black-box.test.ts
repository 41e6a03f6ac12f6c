import { key } from '@ptu/core'
import { fixedGate } from '@ptu/gates'
import { dense, infer } from '@ptu/layers'
import { fromFunction } from '@ptu/networks'
import { disposeParams, normal } from '@ptu/tensor'
import { mul } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { fineTune, observe, ptu, ptuOver, share, transfer } from '../src/index.ts'

const source = fromFunction((x) => [mul(x, 2), mul(x, 3)], { first: [4], second: [4] })
const plan = { blocks: [observe, ptuOver(dense(4), fixedGate({ update: 0.5 }))], head: dense(2) }

describe('a source that cannot be looked into', () => {
  it('is observed, and a unit mixes what it gives', () => {
    const model = transfer(source, plan)
    const params = model.init(key(1), [4])
    const x = normal(key(2), [3, 4])
    const y = model.apply(params, x, infer)
    expect(y.shape).toEqual([3, 2])
    disposeParams([params, x, y])
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
