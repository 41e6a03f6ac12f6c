import { ImportError } from '@ptu/networks'
import { describe, expect, it } from 'vitest'

import type { StoredTensor } from '../stored-tensor.ts'
import { numbersTensor } from './computed.ts'
import type { Folding } from './folding.ts'
import { foldings } from './foldings.ts'

const floats = (numbers: readonly number[], shape: readonly number[] = [numbers.length]): StoredTensor =>
  numbersTensor('c', shape, numbers, 'float32')
const whole = (numbers: readonly number[], shape: readonly number[] = [numbers.length]): StoredTensor =>
  numbersTensor('c', shape, numbers, 'int64')

/** The constant that an operator makes of others. */
const folded = (
  operator: string,
  inputs: readonly (StoredTensor | undefined)[],
  {
    config = {},
    ...changes
  }: Partial<Omit<Folding, 'config'>> & { readonly config?: Folding['config']['values'] } = {},
): StoredTensor => {
  const fold = foldings[operator]
  if (fold === undefined) throw new Error(`expected ${operator} to be known`)
  return fold({
    ...{ name: 'y', config: { place: 'node y', values: config }, opset: 17, count: inputs.length, value: undefined },
    ...{ input: (place: number) => inputs[place], tensors: new Map<string, StoredTensor>() },
    ...changes,
  })
}

const numbersOf = (tensor: StoredTensor) => ({
  shape: tensor.shape,
  numbers: [...tensor.values()],
  dtype: tensor.dtype,
})
const is = (numbers: readonly number[], dtype = 'float32', shape: readonly number[] = [numbers.length]) => ({ shape, numbers, dtype }) // prettier-ignore

describe('a constant that is computed', () => {
  it('by arithmetic repeats a single number on either side', () => {
    const [list, one] = [floats([6, 9, -4]), floats([2], [])]
    expect(numbersOf(folded('Add', [list, floats([1, 2, 3])]))).toEqual(is([7, 11, -1]))
    expect(numbersOf(folded('Sub', [list, one]))).toEqual(is([4, 7, -6]))
    expect(numbersOf(folded('Sub', [one, list]))).toEqual(is([-4, -7, 6]))
    expect(numbersOf(folded('Mul', [one, list]))).toEqual(is([12, 18, -8]))
    expect(() => folded('Add', [list, floats([1, 2])])).toThrow(
      'expected constants whose shapes fit together, got [3] and [2]',
    )
    expect(() => folded('Add', [list])).toThrow('node y: expected its input 2, it has none')
  })

  it('by division is cut to a whole number where both are whole, and only there', () => {
    expect(numbersOf(folded('Div', [whole([7, -7]), whole([2], [])]))).toEqual(is([3, -3], 'int64'))
    expect(numbersOf(folded('Div', [floats([7]), floats([2])]))).toEqual(is([3.5]))
    expect(folded('Div', [floats([7]), whole([2])]).values()[0]).toBe(3.5)
    expect(folded('Div', [whole([7]), floats([2])]).values()[0]).toBe(3.5)
  })

  it('by a cast is of the type that is asked for', () => {
    expect(numbersOf(folded('Cast', [whole([3])], { config: { to: 1 } }))).toEqual(is([3]))
    expect(numbersOf(folded('Cast', [floats([3.7, -3.7])], { config: { to: 7 } }))).toEqual(is([3, -3], 'int64'))
    expect(numbersOf(folded('Cast', [floats([3.5])], { config: { to: 10 } }))).toEqual(is([3.5]))
  })

  it('from lists is their pieces, some of their places, or a part', () => {
    const list = whole([5, 6, 7, 8])
    expect(numbersOf(folded('Concat', [list, whole([9])]))).toEqual(is([5, 6, 7, 8, 9], 'int64'))
    expect(numbersOf(folded('Gather', [list, whole([3, 0, -1])]))).toEqual(is([8, 5, 8], 'int64'))
    expect(numbersOf(folded('Gather', [list, whole([1], [])]))).toEqual(is([6], 'int64', []))
    expect(numbersOf(folded('Slice', [list, whole([1]), whole([3])]))).toEqual(is([6, 7], 'int64'))
    expect(numbersOf(folded('Slice', [list, whole([-2]), whole([2 ** 31])]))).toEqual(is([7, 8], 'int64'))
    expect(() => folded('Gather', [list, whole([4])])).toThrow('expected places of a list of 4, got [4]')
    expect(() => folded('Slice', [list, whole([0]), whole([4]), whole([0]), whole([2])])).toThrow(
      'by whole numbers with step 1',
    )
    expect(() => folded('Slice', [list, floats([0.5]), whole([1])])).toThrow('a slice of a constant')
    expect(() => folded('Slice', [list, whole([]), whole([2]), whole([0])])).toThrow('got [] to [2] for axes [0]')
    expect(() => folded('Slice', [list, whole([1]), whole([]), whole([0])])).toThrow('got [1] to [] for axes [0]')
  })

  it('of several axes is joined, cut, or read by places along any of them', () => {
    const [map, more] = [whole([1, 2, 3, 4, 5, 6], [2, 3]), whole([7, 8], [2, 1])]
    const wide = folded('Concat', [map, more], { config: { axis: -1 } })
    expect(numbersOf(wide)).toEqual(is([1, 2, 3, 7, 4, 5, 6, 8], 'int64', [2, 4]))
    expect(() => folded('Concat', [map, more], { config: { axis: 0 } })).toThrow('of one shape but for axis 0')
    expect(numbersOf(folded('Slice', [map, whole([-2]), whole([9]), whole([1])]))).toEqual(is([2, 3, 5, 6], 'int64', [2, 2])) // prettier-ignore
    expect(numbersOf(folded('Gather', [map, whole([2, 0], [1, 2])], { config: { axis: 1 } }))).toEqual(is([3, 1, 6, 4], 'int64', [2, 1, 2])) // prettier-ignore
    expect(numbersOf(folded('Gather', [map, whole([1])]))).toEqual(is([4, 5, 6], 'int64', [1, 3]))
    expect(numbersOf(folded('Add', [map, whole([10, 20], [2, 1])]))).toEqual(is([11, 12, 13, 24, 25, 26], 'int64', [2, 3])) // prettier-ignore
    expect(folded('Flatten', [floats([1, 2, 3, 4], [1, 2, 2])], { config: { axis: 2 } }).shape).toEqual([2, 2])
  })

  it('is true or false, or chosen by that', () => {
    const [a, b] = [whole([1, 2, 3]), whole([2], [])]
    const truthOf = (op: string) => numbersOf(folded(op, [a, b]))
    expect(truthOf('Equal')).toEqual(is([0, 1, 0], 'bool'))
    expect([truthOf('Greater').numbers, truthOf('GreaterOrEqual').numbers]).toEqual([[0, 0, 1], [0, 1, 1]]) // prettier-ignore
    expect([truthOf('Less').numbers, truthOf('LessOrEqual').numbers]).toEqual([[1, 0, 0], [1, 1, 0]]) // prettier-ignore
    const [yes, no] = [floats([1, 1, 0, 0]), floats([1, 0, 1, 0])]
    expect(folded('And', [yes, no]).values().join('')).toBe('1000')
    expect(folded('Or', [yes, no]).values().join('')).toBe('1110')
    expect(folded('Not', [yes]).values().join('')).toBe('0011')
    expect(numbersOf(folded('Where', [yes, whole([5]), whole([6])]))).toEqual(is([5, 5, 6, 6], 'int64'))
  })

  it('is a range, a root, a power or a rest', () => {
    expect(numbersOf(folded('Range', [whole([2], []), whole([7], []), whole([2], [])]))).toEqual(is([2, 4, 6], 'int64')) // prettier-ignore
    expect(folded('Range', [whole([0], []), whole([NaN], []), whole([1], [])]).shape).toEqual([1])
    expect(() => folded('Range', [whole([0]), whole([3]), whole([0])])).toThrow('expected a range that ends')
    expect(numbersOf(folded('Sqrt', [floats([9])]))).toEqual(is([3]))
    expect(numbersOf(folded('Pow', [floats([3]), floats([2])]))).toEqual(is([9]))
    expect(numbersOf(folded('Mod', [whole([-7, 7]), whole([3])]))).toEqual(is([2, 1], 'int64'))
    expect(numbersOf(folded('Neg', [floats([3])]))).toEqual(is([-3]))
    expect([folded('Max', [floats([3]), floats([5])]), folded('Min', [floats([3]), floats([5])])].map((one) => one.values()[0])).toEqual([5, 3]) // prettier-ignore
  })

  it('of a shape is filled with one number; the batch counts as one', () => {
    const value = new Map([['value', floats([0.5])]])
    expect(numbersOf(folded('ConstantOfShape', [whole([2, 2])], { tensors: value }))).toEqual(is([0.5, 0.5, 0.5, 0.5], 'float32', [2, 2])) // prettier-ignore
    expect(numbersOf(folded('ConstantOfShape', [whole([2])]))).toEqual(is([0, 0]))
    expect(numbersOf(folded('Expand', [floats([3, 3]), whole([NaN, 2])]))).toEqual(is([3, 3], 'float32', [1, 2]))
    expect(numbersOf(folded('Expand', [floats([3, 4], [2, 1]), whole([2, 2])]))).toEqual(
      is([3, 3, 4, 4], 'float32', [2, 2]),
    )
    expect(() => folded('Expand', [floats([3, 4]), whole([3])])).toThrow('whose shapes fit together, got [2] and [3]')
    expect(() => folded('Expand', [floats([3]), whole([-1])])).toThrow('expected a shape that is known, got [-1]')
    expect(() => folded('ConstantOfShape', [whole([-1])])).toThrow('expected a shape of at most 16777216 numbers')
  })

  it('is a shape, of a constant or of what changes with the example, or a part of it', () => {
    const map = floats(new Array<number>(24).fill(0), [2, 3, 4])
    expect(numbersOf(folded('Shape', [map]))).toEqual(is([2, 3, 4], 'int64'))
    expect(numbersOf(folded('Shape', [map], { config: { start: 1 } }))).toEqual(is([3, 4], 'int64'))
    expect(numbersOf(folded('Shape', [map], { config: { end: 1 } }))).toEqual(is([2], 'int64'))
    expect(numbersOf(folded('Shape', [map], { config: { start: -1 } }))).toEqual(is([4], 'int64'))
  })

  it('has another shape, with sizes that are kept or follow from the others', () => {
    const map = floats([0, 1, 2, 3, 4, 5], [2, 3])
    const shapeOf = (...sizes: readonly number[]) => folded('Reshape', [map, whole(sizes)]).shape
    expect([shapeOf(3, 2), shapeOf(0, -1), shapeOf(-1), shapeOf(1, 2, -1)]).toEqual([[3, 2], [2, 3], [6], [1, 2, 3]])
    for (const sizes of [[4], [-1, 4], [2, 2], [-2, -3], [-1, -1]])
      expect(() => folded('Reshape', [map, whole(sizes)])).toThrow(ImportError)
  })

  it('loses or gains axes of size 1, counted from either end', () => {
    const map = floats([0, 1, 2], [1, 3, 1])
    expect(folded('Squeeze', [map]).shape).toEqual([3])
    expect(folded('Squeeze', [map, whole([-1])]).shape).toEqual([1, 3])
    expect(folded('Squeeze', [map], { config: { axes: [0] } }).shape).toEqual([3, 1])
    expect(folded('Unsqueeze', [floats([0, 1, 2]), whole([0, -1])]).shape).toEqual([1, 3, 1])
    expect(() => folded('Squeeze', [map, whole([3])])).toThrow('expected axes from 0 to 2, got [3]')
    expect(() => folded('Squeeze', [map, whole([0, -3])])).toThrow('expected axes from 0 to 2, got [0, -3]')
  })

  it('has its axes in another order, the opposite one unless told', () => {
    const map = floats([0, 1, 2, 3, 4, 5], [2, 3])
    expect(numbersOf(folded('Transpose', [map]))).toEqual(is([0, 3, 1, 4, 2, 5], 'float32', [3, 2]))
    expect(folded('Transpose', [map], { config: { perm: [0, 1] } }).shape).toEqual([2, 3])
    expect(() => folded('Transpose', [map], { config: { perm: [0] } })).toThrow(
      'expected perm to be an order of 2 axes',
    )
  })

  it('of many numbers is not worked out', () => {
    const many = floats(new Array<number>(2 ** 20 + 1).fill(1))
    const most = floats(new Array<number>(2 ** 20).fill(1))
    expect(() => folded('Add', [many, floats([1])])).toThrow(
      'expected a constant of at most 1048576 numbers, got [1048577]',
    )
    expect(folded('Add', [most, floats([1])]).values()[0]).toBe(2)
    expect(() => folded('Concat', [most, floats([1])])).toThrow(
      'expected a constant of at most 1048576 numbers, got [1048577]',
    )
  })
})
