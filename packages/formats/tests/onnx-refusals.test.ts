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
    ['a place that changes', written({ node: [node('Cast', ['x'], 'i', { to: 1 }), node('Gather', ['x', 'i'], 'y', { axis: 2 })] }, [1, 3, 8]), 'expected one input that changes with the example, it has 2'],
    ['a place beyond an axis', steps(node('Gather', ['x', 'i'], 'y', { axis: 2 }), integers('i', [8])), 'expected to take one constant place of axis 2'],
    ['places of the examples', steps(node('Gather', ['x', 'i'], 'y', { axis: 0 }), integers('i', [0])), 'expected to take places of an axis beside that of the examples, got axis 0 of [N, 3, 8]'],
    ['a part of the examples', steps(node('Slice', ['x', 'a', 'b', 'c']), integers('a', [1]), integers('b', [2]), integers('c', [0])), 'expected places of an axis beside that of the examples, got 1 to 2 of axis 0 of [N, 3, 8]'],
    ['every other place', steps(node('Slice', ['x', 'a', 'b', 'c', 'd']), integers('a', [0]), integers('b', [8]), integers('c', [2]), integers('d', [2])), 'expected places one after another, steps of 1, got steps of 2'],
    ['no places', steps(node('Slice', ['x', 'a', 'b', 'c']), integers('a', [5]), integers('b', [5]), integers('c', [2])), 'got 5 to 5 of axis 2'],
    ['fewer starts than axes', steps(node('Slice', ['x', 'a', 'b', 'c']), integers('a', [1]), integers('b', [2, 5]), integers('c', [1, 2])), 'expected a start and an end for each axis, got [1] to [2, 5] for axes [1, 2]'],
    ['fewer ends than axes', steps(node('Slice', ['x', 'a', 'b', 'c']), integers('a', [1, 2]), integers('b', [2]), integers('c', [1, 2])), 'got [1, 2] to [2] for axes [1, 2]'],
    ['more starts than axes', steps(node('Slice', ['x', 'a', 'b', 'c']), integers('a', [1, 2]), integers('b', [2, 5]), integers('c', [1])), 'got [1, 2] to [2, 5] for axes [1]'],
    ['no starts', steps(node('Slice', ['x', '', 'b']), integers('b', [2])), 'got [] to [2] for axes []'],
    ['sizes that do not make up an axis', steps(node('Split', ['x', 's'], 'y', { axis: 1 }), integers('s', [2])), 'expected 1 sizes that make up axis 1 of [N, 3, 8], got 2'],
    ['a part of no size', written({ initializer: [integers('s', [3, 0])], node: [{ ...node('Split', ['x', 's'], 'z', { axis: 1 }), output: ['z', 'y'] }] }, [1, 3, 8]), 'expected 2 sizes that make up axis 1 of [N, 3, 8], got 3, 0'],
    ['rounding to whole numbers', row(node('Cast', ['x'], 'y', { to: 7 })), 'numbers that are rounded to whole ones cannot be opened'],
    ['a bias of another length', row(node('Gemm', ['x', 'w', 'b']), floats('w', [4n, 2n], 32), floats('b', [3n], 12)), 'expected a bias of 2 numbers, got 3'],
    ['weights of three axes', row(node('Gemm', ['x', 'w']), floats('w', [4n, 2n, 1n], 32)), 'expected weights of two axes, got 3'],
    ['an input that is turned', row(node('Gemm', ['x', 'w'], 'y', { transA: 1 }), floats('w', [4n, 2n], 32)), 'expected transA to be 0, got 1'],
    ['weights on the left', row(node('MatMul', ['w', 'x']), floats('w', [4n, 4n], 64)), 'expected the constant weights on the right'],
    ['a division by a value', row(node('Div', ['c', 'x']), numbers('c', [2])), 'a constant that is divided by a value cannot be opened'],
    ['a constant that is joined', row(node('Concat', ['x', 'c'], 'y', { axis: 1 }), floats('c', [1n, 4n], 16)), 'expected to join values, or one constant before the steps of [N, steps, features], got [N, 4] along axis 1'],
    ['steps that are put behind', on([1, 8, 3])(node('Concat', ['x', 'c'], 'y', { axis: 1 }), floats('c', [1n, 1n, 3n], 12)), 'expected to join values, or one constant before the steps'],
    ['steps of other features', on([1, 8, 3])(node('Concat', ['c', 'x'], 'y', { axis: 1 }), floats('c', [1n, 1n, 4n], 16)), 'expected constant steps of shape [1, steps, 3], got [1, 1, 4]'],
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
    ['an input as it is', row(node('Gemm', ['x', 'w'], 'y', { transA: 0 }), floats('w', [4n, 2n], 32))],
    ['a bias that fits', row(node('Gemm', ['x', 'w', 'b']), floats('w', [4n, 2n], 32), floats('b', [2n], 8))],
  ])('that asks for %s is opened', (_what, bytes) => {
    expect(outcome(bytes)).toBe('opened')
  })
})
