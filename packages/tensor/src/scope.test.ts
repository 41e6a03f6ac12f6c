import { memory, square, tensor1d, type Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { scope } from './scope.ts'

it('frees what was made inside and keeps the tensors of a nested plain result', () => {
  const before = memory().numTensors
  const kept = scope(() => {
    const x = tensor1d([1, 2])
    square(x)
    return { list: [square(x)], note: 'text' }
  })
  expect(memory().numTensors - before).toBe(1)
  expect(kept.list[0]).toBeAllClose([1, 4])
  kept.list[0]?.dispose()
})

it('frees everything when the function throws', () => {
  const before = memory().numTensors
  expect(() =>
    scope((): Tensor => {
      tensor1d([1])
      throw new RangeError('inside')
    }),
  ).toThrow('inside')
  expect(memory().numTensors).toBe(before)
})

it('leaves tensors of the caller alone', () => {
  const x = tensor1d([3])
  expect(scope(() => x)).toBe(x)
  expect(scope(() => x.dataSync()[0])).toBe(3)
  x.dispose()
})

it('keeps the tensors of deep, repeated and circular results', () => {
  const before = memory().numTensors
  const kept = scope(() => {
    const x = tensor1d([1])
    const deep = { a: [[{ b: x }], null], same: x, numbers: new Float32Array(3), of: {} }
    deep.of = deep
    return deep
  })
  expect(memory().numTensors - before).toBe(1)
  expect(kept.same).toBeAllClose([1])
  kept.same.dispose()
})

it('hands its results to the scope around it', () => {
  const before = memory().numTensors
  scope(() => {
    scope(() => ({ list: [tensor1d([1]), tensor1d([2])] }))
  })
  expect(memory().numTensors).toBe(before)
})

it('refuses an asynchronous function', () => {
  expect(() => scope(async () => Promise.resolve(1))).toThrow(/not asynchronous, got one that returns a promise/)
})
