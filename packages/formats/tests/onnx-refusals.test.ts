import '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'

import { floats, integers, node, numbers, outcome, written } from './onnx-graphs.ts'

type Written = Parameters<typeof written>

/** A graph of one node on a row of four numbers, a map of 3 channels, or a sequence of 3 channels. */
const on =
  (sizes: Written[1]) =>
  (one: ReturnType<typeof node>, ...initializer: NonNullable<Written[0]['initializer']>): Uint8Array =>
    written({ node: [one], initializer }, sizes)

const [row, map, steps] = [on([1, 4]), on([1, 3, 8, 8]), on([1, 3, 8])]

describe('an operator', () => {
  it.each<readonly [string, Uint8Array, string]>([
    ['the maximum over steps', on([1, 8, 3])(node('ReduceMax', ['x'], 'y', { axes: [1] })), 'expected a maximum over a map, it is over steps'],
    ['the mean over examples', map(node('ReduceMean', ['x'], 'y', { axes: [0] })), 'expected it to run over all places of a map'],
    ['a pool with holes', map(node('MaxPool', ['x'], 'y', { kernel_shape: [2, 2], dilations: [2, 1] })), 'expected dilations of 1, got 2 and 1'],
    ['a pool that pads steps', steps(node('MaxPool', ['x'], 'y', { kernel_shape: [2], pads: [1, 0] })), 'expected no padding over steps'],
    ['a pool that pads steps behind', steps(node('MaxPool', ['x'], 'y', { kernel_shape: [2], pads: [0, 1] })), 'expected no padding over steps'],
    ['groups that do not divide', map(node('Conv', ['x', 'w'], 'y', { group: 2 }), floats('w', [4n, 1n, 1n, 1n], 16)), 'expected group to divide 3 channels and 4 filters, got 2'],
    ['an upper bound alone', row(node('Clip', ['x', '', 'm']), numbers('m', [6])), 'expected a lower bound beside the upper one, 6'],
    ['bounds without a range', row(node('Clip', ['x', 'a', 'b']), numbers('a', [3]), numbers('b', [3])), 'expected bounds that leave a range, got 3 to 3'],
    ['a flattening of examples', map(node('Flatten', ['x'], 'y', { axis: 2 })), 'expected to flatten from axis 1 on'],
    ['an axis that is not of size 1', map(node('Squeeze', ['x', 'a']), integers('a', [2])), 'expected to take away axes of size 1, got [2]'],
    ['too few pads', map(node('Pad', ['x', 'p']), integers('p', [1, 1, 1, 1])), 'expected 8 pads from 0, got [1, 1, 1, 1]'],
    ['pads of channels', map(node('Pad', ['x', 'p']), integers('p', [0, 1, 0, 0, 0, 1, 0, 0])), 'expected zeros around the height and the width of a map'],
    ['pads of examples', map(node('Pad', ['x', 'p']), integers('p', [1, 0, 0, 0, 0, 0, 0, 0])), 'expected'],
    ['a step that is not the last', steps(node('Gather', ['x', 'i'], 'y', { axis: 2 }), integers('i', [0])), 'expected to take the last step of a sequence'],
    ['rounding to whole numbers', row(node('Cast', ['x'], 'y', { to: 7 })), 'numbers that are rounded to whole ones cannot be opened'],
    ['a bias of another length', row(node('Gemm', ['x', 'w', 'b']), floats('w', [4n, 2n], 32), floats('b', [3n], 12)), 'expected a bias of 2 numbers, got 3'],
    ['weights of three axes', row(node('Gemm', ['x', 'w']), floats('w', [4n, 2n, 1n], 32)), 'expected weights of two axes, got 3'],
    ['weights on the left', row(node('MatMul', ['w', 'x']), floats('w', [4n, 4n], 64)), 'expected the constant weights on the right'],
    ['a division by a value', row(node('Div', ['c', 'x']), numbers('c', [2])), 'a constant that is divided by a value cannot be opened'],
    ['a constant that is joined', row(node('Concat', ['x', 'c'], 'y', { axis: 1 }), floats('c', [1n, 4n], 16)), 'expected to join values, one of its inputs is a constant'],
    ['values that do not fit', written({ node: [node('Flatten', ['x'], 'f'), node('Add', ['x', 'f'])] }, [1, 3, 8, 8]), 'expected two values of one shape with their numbers in the same places, got [N, 3, 8, 8] and [N, 192]'],
    ['shapes that cannot be joined', written({ node: [node('MaxPool', ['x'], 'p', { kernel_shape: [2, 2] }), node('Concat', ['x', 'p'], 'y', { axis: 1 })] }, [1, 3, 8, 8]), 'expected values of one shape but for axis 1'],
  ])('that asks for %s says what was expected', (_what, bytes, message) => {
    expect(outcome(bytes)).toContain(message)
  }) // prettier-ignore

  it.each<readonly [string, Uint8Array]>([
    ['a pool without holes', map(node('MaxPool', ['x'], 'y', { kernel_shape: [2, 2], dilations: [1, 1] }))],
    ['groups that divide', map(node('Conv', ['x', 'w'], 'y', { group: 3 }), floats('w', [6n, 1n, 1n, 1n], 24))],
    ['bounds with a range', row(node('Clip', ['x', 'a', 'b']), numbers('a', [-1]), numbers('b', [3]))],
    ['the flattening of a map', map(node('Flatten', ['x'], 'y', { axis: 1 }))],
    ['a mean over steps', on([1, 8, 3])(node('ReduceMean', ['x'], 'y', { axes: [1] }))],
    ['pads around a map', map(node('Pad', ['x', 'p']), integers('p', [0, 0, 1, 2, 0, 0, 0, 1]))],
    ['rounding to floats', row(node('Cast', ['x'], 'y', { to: 1 }))],
    ['a bias that fits', row(node('Gemm', ['x', 'w', 'b']), floats('w', [4n, 2n], 32), floats('b', [2n], 8))],
  ])('that asks for %s is opened', (_what, bytes) => {
    expect(outcome(bytes)).toBe('opened')
  })
})
