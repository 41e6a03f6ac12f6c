import { Tree } from '@ptu/core'
import { disposeParams } from '@ptu/tensor'
import { numbersOf } from '@ptu/testing'
import { describe, expect, it } from 'vitest'

import { numbersTensor } from '../onnx/computed.ts'
import { moduleOf } from './module-of.ts'
import { torchLayers } from './torch-layers.ts'

const [features, units] = [2, 1]

/** The parameters of a recurrent layer of one unit, from a module whose numbers count on. */
const paramsOf = (type: string, gates: number): Readonly<Record<string, readonly number[]>> => {
  const shapes = {
    weight_ih_l0: [gates, features],
    weight_hh_l0: [gates, units],
    bias_ih_l0: [gates],
    bias_hh_l0: [gates],
  }
  let next = 1
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const numbers = Array.from({ length: shape.reduce((size, n) => size * n, 1) }, () => next++)
    return [name, numbersTensor(name, shape, numbers)] as const
  })
  const module = moduleOf(new Map(tensors))('', '')
  const params = torchLayers[type]?.({ spec: {}, input: [3, features], output: [3, units], module, epsilon: 0 })()
  if (params === undefined) throw new Error(`expected a reader of ${type}`)
  const found = Tree.entries(params).map(([path, leaf]) => [Tree.format(path), [...numbersOf(leaf)]] as const)
  disposeParams(params)
  return Object.fromEntries(found)
}

describe('a recurrent module of PyTorch', () => {
  it('has kernels with inputs first, and one bias, the sum of its two', () => {
    expect(paramsOf('simpleRnn', 1)).toEqual({ kernel: [1, 2], recurrentKernel: [3], bias: [4 + 5] })
    expect(paramsOf('lstm', 4)).toEqual({
      ...{ kernel: [1, 3, 5, 7, 2, 4, 6, 8], recurrentKernel: [9, 10, 11, 12] },
      bias: [13 + 17, 14 + 18, 15 + 19, 16 + 20],
    })
  })

  it('keeps both biases where one of them is gated', () => {
    expect(paramsOf('gru', 3)).toEqual({
      ...{ kernel: [1, 3, 5, 2, 4, 6], recurrentKernel: [7, 8, 9] },
      ...{ bias: [10, 11, 12], recurrentBias: [13, 14, 15] },
    })
  })
})
