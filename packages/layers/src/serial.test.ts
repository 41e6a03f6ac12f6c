import { key } from '@ptu/core'
import { disposeParams, scope } from '@ptu/tensor'
import { numbersOf } from '@ptu/testing'
import { memory, tensor2d } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { dense, type DenseParams } from './dense.ts'
import { dropout } from './dropout.ts'
import { tanh } from './elementwise.ts'
import { infer, type Layer } from './layer.ts'
import { serial, shapesOf } from './serial.ts'

describe('serial', () => {
  it('applies its layers in order', () => {
    const [first, second] = [dense(3), dense(2)]
    const network = serial(first, tanh, second)
    expect(network.output([4])).toEqual([2])
    expect(shapesOf([first, tanh, second], [4])).toEqual([[3], [3], [2]])
    const params = network.init(key(1), [4])
    const x = tensor2d([[1, 2, 3, 4]])
    const y = network.apply(params, x, infer)
    const [firstParams, , secondParams] = params as readonly [DenseParams, [], DenseParams]
    const steps = scope(() =>
      second.apply(secondParams, tanh.apply([], first.apply(firstParams, x, infer), infer), infer),
    )
    expect(numbersOf(y)).toEqual(numbersOf(steps))
    disposeParams([params, x, y, steps])
  })

  it('gives each layer a key of its own', () => {
    const layer = serial(dropout(0.5), dropout(0.5))
    const x = tensor2d([Array.from({ length: 400 }, () => 1)])
    const y = layer.apply([[], []], x, { kind: 'train', key: key(1) })
    // With one key for both, the second would keep all that the first kept: about half instead of a quarter.
    const kept = numbersOf(y).filter((value) => value !== 0).length
    expect(kept).toBeLessThan(150)
    disposeParams([x, y])
  })

  it('holds one activation at a time', () => {
    const alive: number[] = []
    const watched: Layer = {
      ...tanh,
      apply: (params, x, mode) => {
        alive.push(memory().numTensors)
        return tanh.apply(params as readonly [], x, mode)
      },
    }
    const x = tensor2d([[1]])
    const y = serial(watched, watched, watched, watched).apply([[], [], [], []], x, infer)
    expect(alive.map((count) => count - (alive[0] ?? 0))).toEqual([0, 1, 1, 1])
    disposeParams([x, y])
  })
})
