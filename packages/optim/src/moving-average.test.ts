import { OptionError, ShapeError, StructureError } from '@ptu/core'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import { tensor1d, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { movingAverage } from './moving-average.ts'

describe('movingAverage', () => {
  it('ramps its decay as min(decay, (1 + t) / (10 + t)), t from 1', () => {
    const average = movingAverage({ decay: 0.25 })
    const [zero, one] = [{ w: tensor1d([0]) }, { w: tensor1d([1]) }]
    let current: ParamTree = average.init(zero)
    const found: number[] = []
    for (let step = 0; step < 3; step++) {
      const next = average.update(current, one, step)
      disposeParams(current)
      current = next
      found.push(...(next as { readonly w: Tensor }).w.dataSync())
    }
    // decays 2/11, 3/12 and .25 (the ramp would be 4/13)
    expect(found).toBeAllClose([1 - 2 / 11, 1 - 2 / 44, 1 - 2 / 176])
    disposeParams([zero, one, current])
  })

  it('keeps 2/11, 3/12, 4/13, ... of itself, and never more than its decay', () => {
    const average = movingAverage({ decay: 0.9 })
    const [zero, one] = [tensor1d([0]), tensor1d([1])]
    const kept = (step: number): number => {
      const next = average.update(one, zero, step) as Tensor
      const [value = NaN] = next.dataSync()
      next.dispose()
      return value
    }
    expect([0, 1, 2, 3, 9, 78, 79, 80, 1000].map(kept)).toBeAllClose([
      ...[2 / 11, 3 / 12, 4 / 13, 5 / 14, 11 / 20],
      ...[80 / 89, 0.9, 0.9, 0.9],
    ])
    disposeParams([zero, one])
  })

  it('of parameters that never move is these parameters, bit for bit', () => {
    const average = movingAverage({ decay: 0.98 })
    const params = { w: tensor1d([0.1, -3.3333333, -0, 1e-40]) }
    const start = average.init(params)
    const next = average.update(start, params, 5) as { readonly w: Tensor }
    expect(next.w.dataSync()).toEqual(params.w.dataSync())
    disposeParams([params, start, next])
  })

  it('owns its first value and borrows the parameters', () => {
    const params = tensor1d([1, 2])
    const start = movingAverage({ decay: 0.9 }).init(params) as Tensor
    params.dispose()
    expect(start).toBeAllClose([1, 2])
    start.dispose()
  })

  it.each<readonly [string, ParamTree, new (message: string) => Error]>([
    ['structure', [], StructureError],
    ['shape', { w: tensor1d([1]) }, ShapeError],
  ])('refuses parameters of another %s', (_case, other, error) => {
    const params = { w: tensor1d([1, 2]) }
    expect(() => movingAverage({ decay: 0.9 }).update(params, other, 0)).toThrow(error)
    disposeParams(params)
  })

  it('without decay is the parameters', () => {
    const [zero, one] = [tensor1d([0]), tensor1d([1])]
    const next = movingAverage({ decay: 0 }).update(zero, one, 7)
    expect(next).toBeAllClose([1])
    disposeParams([zero, one, next])
  })

  it('refuses a decay of 1', () => {
    expect(() => movingAverage({ decay: 1 })).toThrow(new OptionError('decay: expected a number in [0, 1), got 1'))
  })
})
