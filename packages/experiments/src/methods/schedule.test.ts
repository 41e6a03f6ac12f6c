import { disposeParams } from '@ptu/tensor'
import { scalar, tensor1d, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/schedule.json' with { type: 'json' }
import { averageOf, optimizerOf } from './schedule.ts'

type Leaves = {
  readonly weight: Tensor
  readonly gate: { readonly update: { readonly unit: Tensor; readonly channel: Tensor } }
}

const leaves = (value: number): Leaves => ({
  weight: scalar(value),
  gate: { update: { unit: scalar(value), channel: tensor1d([value]) } },
})

/** The parameters after each of the fixture's gradients. */
const course = (): readonly (readonly number[])[] => {
  const optimizer = optimizerOf(golden.rate, golden.steps)
  let params = leaves(golden.start)
  let state = optimizer.init(params)
  return golden.grads.map((grad, step) => {
    const grads = leaves(grad)
    const next = optimizer.update(grads, state, params, step)
    disposeParams([grads, state, params])
    params = next.params as Leaves
    state = next.state
    const { weight, gate } = params
    const seen = [weight, gate.update.unit, gate.update.channel].map((leaf) => leaf.dataSync()[0] ?? NaN)
    if (step === golden.grads.length - 1) disposeParams([params, state])
    return seen
  })
}

describe('the schedule of a comparison', () => {
  const found = course()

  it.each([
    ['weights by a cosine to 2 % of the rate, which then holds', 'weight'],
    ['the number of a unit at three times the rate, constant', 'unit'],
    ["a unit's deviations at the rate, constant, drawn to 0 by 1 % a step", 'channel'],
  ] as const)('moves %s', (_what, name) => {
    const place = ['weight', 'unit', 'channel'].indexOf(name)
    found.forEach((values, step) => {
      expect(values[place], `step ${step}`).toBeCloseTo(golden[name][step] ?? NaN, 6)
    })
  })

  it('averages parameters by .98, and by .99 in runs of a thousand steps and more', () => {
    expect([1, 999, 1000].map((steps) => averageOf(steps).decay)).toEqual([0.98, 0.98, 0.99])
  })
})
