import { ImportError } from '@ptu/networks'
import { describe, expect, it } from 'vitest'

import { merges } from './merges.ts'

const outputOf = (name: string, ...inputs: readonly (readonly number[])[]): unknown =>
  merges[name]?.output(inputs, { place: 'layer "m"', values: {} })

describe('the shape of a layer that reads several', () => {
  it.each(['Add', 'Subtract'])('of %s is that of its inputs, which are of one shape', (name) => {
    expect(outputOf(name, [4, 4, 3], [4, 4, 3])).toEqual([4, 4, 3])
    for (const odd of [
      [4, 4, 1],
      [4, 4],
      [4, 3, 4],
    ]) {
      expect(() => outputOf(name, [4, 4, 3], odd)).toThrow(ImportError)
      expect(() => outputOf(name, [4, 4, 3], odd)).toThrow(
        `layer "m": expected inputs of one shape, got [4, 4, 3] and [${odd.join(', ')}]`,
      )
    }
  })

  it('of Multiply has the larger of sizes of which one is 1', () => {
    expect(outputOf('Multiply', [4, 4, 3], [1, 1, 3])).toEqual([4, 4, 3])
    expect(outputOf('Multiply', [4, 1, 3], [1, 5, 3])).toEqual([4, 5, 3])
    for (const odd of [
      [2, 4, 3],
      [4, 3],
    ])
      expect(() => outputOf('Multiply', [4, 4, 3], odd)).toThrow('of one shape')
  })

  it('of Concatenate has all channels of inputs that are alike but for those', () => {
    expect(outputOf('Concatenate', [4, 4, 3], [4, 4, 1], [4, 4, 5])).toEqual([4, 4, 9])
    expect(() => outputOf('Concatenate', [4, 4, 3], [4, 3, 3])).toThrow('of one shape, got [4, 4] and [4, 3]')
  })

  it('of Subtract is of two inputs', () => {
    expect(() => outputOf('Subtract', [3], [3], [3])).toThrow('expected two inputs, it has 3')
  })
})
