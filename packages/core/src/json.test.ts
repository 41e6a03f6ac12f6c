import { tensor1d } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { canonical, isRecord } from './json.ts'

describe('isRecord', () => {
  it.each([
    ['an empty record', {}],
    ['a field named constructor', { constructor: 0 }],
    ['a field named toString', { toString: 1, length: 2 }],
    ['a field named __proto__', JSON.parse('{"__proto__": 1}') as unknown],
    ['a record without a prototype', Object.create(null) as unknown],
  ])('holds for %s', (_, value) => {
    expect(isRecord(value)).toBe(true)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a text', 'a'],
    ['a typed array', new Uint8Array(1)],
    ['a map', new Map()],
    ['an error', new Error('x')],
  ])('does not hold for %s', (_, value) => {
    expect(isRecord(value)).toBe(false)
  })

  it('does not hold for a tensor', () => {
    const x = tensor1d([1])
    expect(isRecord(x)).toBe(false)
    x.dispose()
  })
})

describe('canonical', () => {
  it('gives one text to records that differ in the order of their fields', () => {
    expect(canonical({ b: { d: 1, c: null }, a: [true, 'x'] })).toBe('{"a":[true,"x"],"b":{"c":null,"d":1}}')
  })

  it('keeps the order of lists and every field, whatever its name', () => {
    const value = JSON.parse('{"__proto__": 1, "constructor": [2, 1]}') as never
    expect(canonical(value)).toBe('{"__proto__":1,"constructor":[2,1]}')
  })
})
