import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { concat, describe as counts, take, type Dataset } from './dataset.ts'
import { moments, toTensors } from './normalise.ts'
import { subset } from './subset.ts'

const data: Dataset = {
  shape: [1, 2, 1],
  features: Uint8Array.from([0, 1, 10, 11, 20, 21, 30, 31]),
  labels: Int32Array.from([2, 0, 1, 2]),
  classes: ['ash', 'elm', 'oak'],
}

describe('take', () => {
  it('takes examples in the order asked for, also twice', () => {
    const taken = take(data, [3, 0, 3])
    expect(taken.features).toEqual(Uint8Array.from([30, 31, 0, 1, 30, 31]))
    expect(taken.labels).toEqual(Int32Array.from([2, 2, 2]))
  })

  it.each([[4], [-1], [0.5], [NaN]])('throws on index %j', (index) => {
    expect(() => take(data, [index])).toThrow(`expected an index from 0 to 3, got ${String(index)}`)
  })
})

describe('subset', () => {
  it('keeps some classes and numbers them in the order given', () => {
    expect(subset(data, [2, 0])).toEqual(
      E.right({
        shape: [1, 2, 1],
        features: Uint8Array.from([0, 1, 10, 11, 30, 31]),
        labels: Int32Array.from([0, 1, 0]),
        classes: ['oak', 'ash'],
      }),
    )
  })

  it.each([
    [[], 'expected at least one class, got none'],
    [[3], 'expected classes from 0 to 2, got 3'],
    [[0, 1, 0], 'expected each class once, got 0 twice'],
  ])('refuses %j', (classes, message) => {
    expect(subset(data, classes)).toMatchObject({ left: { name: 'DataError', message } })
  })
})

describe('concat', () => {
  it('puts one set after the other', () => {
    const both = concat(take(data, [1]), take(data, [0, 2]))
    expect(both).toEqual(take(data, [1, 0, 2]))
  })

  it('throws where the classes differ', () => {
    expect(() => concat(data, { ...data, classes: ['a', 'b', 'c'] })).toThrow(
      'expected two sets of bytes [1, 2, 1] of ash, elm, oak, the second has bytes [1, 2, 1] of a, b, c',
    )
  })
})

describe('describe', () => {
  it('counts the examples of each class, also where there are none', () => {
    expect(counts({ ...data, classes: [...data.classes, 'yew'] })).toEqual({ ash: 1, elm: 1, oak: 2, yew: 0 })
  })
})

describe('moments', () => {
  it('are one mean and one deviation of all pixels', () => {
    expect(moments(data)).toEqual({ mean: 15.5, deviation: Math.sqrt(125.25) })
  })

  it('are one of each per column of a table, with deviation 1 where a column is constant', () => {
    const table: Dataset = {
      shape: [2],
      features: Float32Array.from([1, 7, 3, 7]),
      labels: Int32Array.from([0, 1]),
      classes: ['a', 'b'],
    }
    expect(moments(table)).toEqual({ mean: [2, 7], deviation: [1, 1] })
    const { x, y } = toTensors(table, moments(table))
    expect(x).toBeAllClose([-1, 0, 1, 0])
    x.dispose()
    y.dispose()
  })

  it('throws on a set without examples', () => {
    expect(() => moments(take(data, []))).toThrow('expected at least one example, got none')
  })
})

describe('toTensors', () => {
  it('normalises the chosen examples and encodes their labels', () => {
    const { x, y } = toTensors(data, { mean: 10, deviation: 2 }, [2, 0])
    expect(x.shape).toEqual([2, 1, 2, 1])
    expect(x).toBeAllClose([5, 5.5, -5, -4.5])
    expect(y.arraySync()).toEqual([
      [0, 1, 0],
      [0, 0, 1],
    ])
    x.dispose()
    y.dispose()
  })

  it.each([
    [{ mean: 0, deviation: 0 }, 'expected a deviation above 0, got 0'],
    [{ mean: [1, 2], deviation: 1 }, 'expected mean to be a number or 1 numbers, got 1, 2'],
    [{ mean: NaN, deviation: 1 }, 'expected mean to be a number or 1 numbers, got NaN'],
  ])('throws on %j', (normalisation, message) => {
    expect(() => toTensors(data, normalisation)).toThrow(message)
  })
})
