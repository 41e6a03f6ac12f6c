import { disposeParams } from '@ptu/tensor'
import { tensor1d } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { isFiniteTree, type Validated } from './run.ts'
import { bestOf, isPatienceOver } from './validate.ts'

const validations = (...losses: readonly number[]): readonly Validated[] =>
  losses.map((loss, i) => ({ step: i + 1, loss, accuracy: 0 }))

describe('the best validation', () => {
  it('is the one of the lowest loss, the first of equals', () => {
    expect(bestOf(validations(3, 1, 2, 1))?.step).toBe(2)
    expect(bestOf([])).toBeUndefined()
  })
})

describe('patience', () => {
  it('is over as many validations after the best as it says; a tie with the best is none', () => {
    expect(isPatienceOver([], 1)).toBe(false)
    expect(isPatienceOver(validations(3, 1, 2), 2)).toBe(false)
    expect(isPatienceOver(validations(3, 1, 2, 1), 2)).toBe(true)
    expect(isPatienceOver(validations(3, 1, 2, 0.9), 2)).toBe(false)
  })
})

describe('a tree of numbers', () => {
  it.each([
    ['without numbers', [], true],
    ['of finite numbers', [[1, -2], [3]], true],
    ['with a NaN', [[1, NaN], [3]], false],
    ['with an infinity in a later leaf', [[1], [-Infinity]], false],
  ])('%s is finite or not', async (_case, leaves, finite) => {
    const tree = leaves.map((values) => tensor1d(values, 'float32'))
    expect(await isFiniteTree(tree)).toBe(finite)
    disposeParams(tree)
  })
})
