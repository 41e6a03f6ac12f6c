import { key } from '@ptu/core'
import { disposeSource } from '@ptu/networks'
import { normal, scope } from '@ptu/tensor'
import '@tensorflow/tfjs'
import { matMul, mul, softmax } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { decodeOnnx, fromLayersModel } from '../src/index.ts'
import { opened } from './keras-files.ts'
import { integers, node, numbers, outcome, written } from './onnx-graphs.ts'

type Node = ReturnType<typeof node>

/** Attention of a sequence to itself in one head, whose scores go through some nodes from `s` to `t`. */
const attends = (between: readonly Node[], ...initializer: readonly ReturnType<typeof numbers | typeof integers>[]): Uint8Array =>
  written(
    {
      initializer: [...initializer],
      node: [
        node('Transpose', ['x'], 'k', { perm: [0, 2, 1] }),
        node('MatMul', ['x', 'k'], 's'),
        ...between,
        node('Softmax', ['t'], 'w', { axis: -1 }),
        node('MatMul', ['w', 'x']),
      ],
    },
    [1, 3, 4],
  ) // prettier-ignore

const mask = (...values: readonly number[]) => numbers('m', values, [3, 3])
const zeros = mask(0, 0, 0, 0, 0, 0, 0, 0, 0)
const ones = mask(1, 1, 1, 1, 1, 1, 1, 1, 1)
const causal = mask(1, 0, 0, 1, 1, 0, 1, 1, 1)

describe('attention as products', () => {
  it.each<readonly [string, readonly Node[], number]>([
    ['a product', [node('Mul', ['c', 's'], 't')], 0.3],
    ['a quotient', [node('Div', ['s', 'c'], 't')], 1 / 0.3],
    ['two products', [node('Mul', ['s', 'c'], 'r'), node('Mul', ['r', 'c'], 't')], 0.09],
  ])('is scaled by %s', (_what, between, scale) => {
    const model = opened(decodeOnnx({ name: 'x', bytes: attends(between, numbers('c', [0.3])) }))
    const source = opened(fromLayersModel(model, []))
    scope(() => {
      const x = normal(key(3), [2, 3, 4])
      const wanted = matMul(softmax(mul(matMul(x, x, false, true), scale)), x)
      expect(source.activations(x).at(-1)).toBeAllClose(wanted, { absolute: 1e-5, relative: 1e-5 })
    })
    expect(JSON.stringify(source.blocks[0]?.layer.spec)).toContain('dotProductAttention')
    disposeSource(source)
  })

  it.each<readonly [string, Uint8Array, string]>([
    ['a mask of zeros that is added', attends([node('Add', ['m', 's'], 't')], zeros), 'opened'],
    ['a mask of ones that chooses scores', attends([node('Where', ['m', 's', 'c'], 't')], ones, numbers('c', [-9])), 'opened'],
    ['a mask of zeros that chooses others', attends([node('Where', ['m', 'c', 's'], 't')], zeros, numbers('c', [-9])), 'opened'],
    ['a mask of ones that is added', attends([node('Add', ['s', 'm'], 't')], ones), 'expected a mask that lets every step read every step'],
    ['a causal mask', attends([node('Where', ['m', 's', 'c'], 't')], causal, numbers('c', [-9])), 'node MatMul_y (Attention): expected a mask that lets every step'],
    ['a mask of ones that chooses others', attends([node('Where', ['m', 'c', 's'], 't')], ones, numbers('c', [-9])), 'expected a mask that lets every step'],
    ['a scale for each step', attends([node('Mul', ['s', 'c'], 't')], numbers('c', [1, 2, 3], [3])), 'expected the scores of an attention to be scaled by one number'],
    ['a mask that changes', attends([node('Add', ['s', 's'], 't')]), 'node MatMul_s (MatMul): products of two values are opened where they are attention'],
    ['the operator of later opsets', written({ node: [node('Attention', ['x', 'x', 'x'])] }, [1, 3, 4]), 'node Attention_y (Attention): this operator cannot be opened'],
    [
      'another sequence',
      written({ initializer: [integers('a', [0]), integers('b', [2]), integers('i', [1])], node: [
        node('Slice', ['x', 'a', 'b', 'i'], 'o'), node('Transpose', ['o'], 'k', { perm: [0, 2, 1] }), node('MatMul', ['x', 'k'], 's'),
        node('Softmax', ['s'], 'w', { axis: -1 }), node('MatMul', ['w', 'o']),
      ] }, [1, 3, 4]),
      'expected self-attention over the steps, queries and values [N, heads, steps, channels] and keys with the last two turned, got [N, 3, 4], [N, 4, 2], [N, 2, 4]',
    ],
    [
      'weights over another axis',
      written({ node: [node('Transpose', ['x'], 'k', { perm: [0, 2, 1] }), node('MatMul', ['x', 'k'], 's'), node('Softmax', ['s'], 'w', { axis: 1 }), node('MatMul', ['w', 'x'])] }, [1, 3, 4]),
      'expected self-attention over the steps',
    ],
  ])('with %s says what comes of it', (_what, bytes, message) => {
    expect(outcome(bytes)).toContain(message)
  }) // prettier-ignore
})
