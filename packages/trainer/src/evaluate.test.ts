import { serial, dense, relu } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import { tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { asIs } from '../tests/blobs.ts'
import { evaluate, predict } from './evaluate.ts'
import { encodeEachBatch } from './encodings.ts'
import { meanSquaredError } from './losses.ts'

// The logits are the features themselves.
const dataset = {
  shape: [3],
  features: new Float32Array([2, 0, 0, 0, 2, 0, 0, 2, 0, 0, 0, 2, 2, 0, 0]),
  labels: new Int32Array([0, 1, 0, 2, 2]),
  classes: ['a', 'b', 'c', 'd'].slice(0, 3),
}

describe('evaluate', () => {
  it('finds loss, accuracy, confusion and recall, the same for every batch size', async () => {
    const whole = await evaluate(relu, [], dataset, asIs)
    const [right, wrong] = [Math.log(1 + 2 * Math.exp(-2)), 2 + Math.log(1 + 2 * Math.exp(-2))]
    expect(whole.loss).toBeCloseTo((3 * right + 2 * wrong) / 5, 6)
    expect(whole).toMatchObject({
      count: 5,
      accuracy: 3 / 5,
      confusion: [
        [1, 1, 0],
        [0, 1, 0],
        [1, 0, 1],
      ],
      recall: [0.5, 1, 0.5],
    })
    expect([...whole.predictions]).toEqual([0, 1, 1, 2, 0])
    const byTwo = await evaluate(relu, [], dataset, asIs, { batchSize: 2 })
    expect(byTwo.loss).toBeCloseTo(whole.loss, 6)
    expect(byTwo.confusion).toEqual(whole.confusion)
  })

  it('takes another loss', async () => {
    const { loss } = await evaluate(relu, [], dataset, asIs, { loss: meanSquaredError })
    // per example: 1 where it is right, 4 + 1 where it is wrong, over 3 entries
    expect(loss).toBeCloseTo((3 * 1 + 2 * 5) / 15, 6)
  })

  it('borrows the parameters', async () => {
    const params = [{ kernel: tensor([[1], [2], [3]]), bias: tensor([0.5]) }, []]
    const source = encodeEachBatch(
      serial(dense(1), relu),
      { ...dataset, labels: new Int32Array(5), classes: ['a'] },
      asIs,
    )
    const { logits } = await predict(serial(dense(1), relu), params, source)
    expect([...logits]).toEqual([2.5, 4.5, 4.5, 6.5, 2.5])
    disposeParams(params)
  })
})
