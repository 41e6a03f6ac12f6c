import { key } from '@ptu/core'
import { disposeParams, normal, scope, type ParamTree } from '@ptu/tensor'
import { numbersOf } from '@ptu/testing'
import { memory, mul, tensor2d, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { conv2d } from './conv2d.ts'
import { dense, type DenseParams } from './dense.ts'
import { depthwiseConv2d } from './depthwise-conv2d.ts'
import { dropout } from './dropout.ts'
import { relu, relu6, tanh } from './elementwise.ts'
import { infer, splitMode, type Layer } from './layer.ts'
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

  it.each([
    ['relu6', [conv2d(3, 3), relu6, conv2d(2, 1), relu, dropout(0.5)]],
    ['two rectifiers in a row', [depthwiseConv2d(3), relu, relu6, relu, conv2d(2, 1)]],
    ['a rectifier after none', [relu, conv2d(2, 1), tanh, relu6]],
  ] as const)('applies rectifiers with the layer before them as if they were alone: %s', (_name, layers) => {
    const network = serial(...layers)
    const params = network.init(key(1), [5, 5, 3])
    const x = scope(() => mul(normal(key(2), [2, 5, 5, 3]), 9))
    const mode = { kind: 'train', key: key(3) } as const
    const modes = splitMode(mode, layers.length)
    const y = network.apply(params, x, mode)
    const steps = scope(() =>
      layers.reduce<Tensor>((h, layer: Layer, i) => layer.apply(params[i] ?? [], h, modes[i] ?? mode), x.clone()),
    )
    expect(numbersOf(y)).toEqual(numbersOf(steps))
    disposeParams([params, x, y, steps])
  })

  it('lets a layer rectify its own output, once, unless it is a copy with another apply', () => {
    const calls: string[] = []
    const apply: typeof tanh.apply = (params, x, mode) => tanh.apply(params, x, mode)
    const structure = {
      kind: 'affine',
      scale: () => [],
      rectified: {
        of: apply,
        apply: (_params: ParamTree, x: Tensor, rectifier: string) => {
          calls.push(rectifier)
          return x.clone()
        },
      },
    } as const
    const x = tensor2d([[-1, 7]])
    const own = { ...tanh, structure, apply }
    const y = serial(own, relu6, tanh).apply([[], [], []], x, infer)
    expect(calls).toEqual(['relu6'])
    expect(numbersOf(y)).toBeAllClose([Math.tanh(-1), Math.tanh(7)])
    const other = serial({ ...own, apply: (_params, h) => h.clone() }, relu6, tanh).apply([[], [], []], x, infer)
    expect(calls).toHaveLength(1)
    expect(numbersOf(other)).toBeAllClose([0, Math.tanh(6)])
    disposeParams([x, y, other])
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
