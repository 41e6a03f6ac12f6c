import { describe, expect, it } from 'vitest'

import { ceiled, extentOf, windowOf, type OnnxWindow } from './windows.ts'

const config = (values: Readonly<Record<string, unknown>>) => ({ place: 'node y', values })
const padsOf = (values: Readonly<Record<string, unknown>>, ...lengths: readonly number[]) =>
  windowOf(config(values), lengths, undefined).pads

describe('the window of an operator', () => {
  it('has one size, stride and dilation for each axis, 1 where none is given', () => {
    expect(windowOf(config({ kernel_shape: [3, 5], strides: [2, 1] }), [9, 9], undefined)).toEqual({
      ...{ size: [3, 5], stride: [2, 1], dilation: [1, 1] },
      pads: [
        [0, 0],
        [0, 0],
      ],
    })
    expect(windowOf(config({}), [9], [4]).size).toEqual([4])
    expect(() => windowOf(config({ kernel_shape: [3] }), [9, 9], undefined)).toThrow('expected kernel_shape to be a size for each of 2 axes') // prettier-ignore
    expect(() => windowOf(config({ kernel_shape: [3] }), [9], [4])).toThrow('that of the weights, [4]')
    expect(() => windowOf(config({ kernel_shape: [3], strides: [0] }), [9], undefined)).toThrow('expected strides to be a size') // prettier-ignore
  })

  it('is padded by all begins, then all ends', () => {
    expect(padsOf({ kernel_shape: [3, 3], pads: [1, 2, 3, 4] }, 9, 9)).toEqual([
      [1, 3],
      [2, 4],
    ])
    expect(() => padsOf({ kernel_shape: [3], pads: [1] }, 9)).toThrow('expected pads to be 2 sizes from 0')
    expect(() => padsOf({ kernel_shape: [3], pads: [-1, 0] }, 9)).toThrow('expected pads to be 2 sizes from 0')
  })

  // total = (ceil(length / stride) - 1) stride + (size - 1) dilation + 1 - length, as ONNX says.
  it.each([
    [{ kernel_shape: [3], strides: [2] }, 5, [1, 1], [1, 1]],
    [{ kernel_shape: [3], strides: [2] }, 6, [0, 1], [1, 0]],
    [{ kernel_shape: [4] }, 6, [1, 2], [2, 1]],
    [{ kernel_shape: [3], dilations: [2] }, 7, [2, 2], [2, 2]],
    [{ kernel_shape: [1], strides: [3] }, 8, [0, 0], [0, 0]],
  ])('may be padded so that every stride begins a window: %j on %d places', (values, length, upper, lower) => {
    expect(padsOf({ ...values, auto_pad: 'SAME_UPPER' }, length)).toEqual([upper])
    expect(padsOf({ ...values, auto_pad: 'SAME_LOWER' }, length)).toEqual([lower])
    expect(padsOf({ ...values, auto_pad: 'VALID', pads: [1, 1] }, length)).toEqual([[0, 0]])
    expect(() => padsOf({ ...values, auto_pad: 'SAME' }, length)).toThrow('NOTSET, VALID, SAME_UPPER or SAME_LOWER')
  })

  it('grows at the end where the last window is not whole, if it begins on the map', () => {
    const windowFor = (size: number, stride: number, pads: readonly [number, number] = [0, 0]): OnnxWindow => ({
      ...{ size: [size], stride: [stride], dilation: [1], pads: [pads] },
    })
    const ceil = config({ ceil_mode: 1 })
    expect(ceiled(ceil, windowFor(2, 2), [5]).pads).toEqual([[0, 1]])
    expect(ceiled(ceil, windowFor(2, 2), [6]).pads).toEqual([[0, 0]])
    expect(ceiled(ceil, windowFor(3, 2, [1, 1]), [6]).pads).toEqual([[1, 2]])
    expect(ceiled(ceil, windowFor(1, 2, [0, 1]), [2]).pads).toEqual([[0, 1]])
    expect(ceiled(config({}), windowFor(2, 2), [5]).pads).toEqual([[0, 0]])
    expect(ceiled(config({ ceil_mode: 1, auto_pad: 'VALID' }), windowFor(2, 2), [5]).pads).toEqual([[0, 0]])
    expect(() => ceiled(config({ ceil_mode: 2 }), windowFor(2, 2), [5])).toThrow(
      'expected ceil_mode to be 0 or 1, got 2',
    )
  })

  it('of one size is as wide as it is high', () => {
    expect([extentOf([3]), extentOf([3, 5]), extentOf([])]).toEqual([
      [3, 3],
      [3, 5],
      [1, 1],
    ])
  })
})
