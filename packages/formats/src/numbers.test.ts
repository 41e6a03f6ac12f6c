import { describe, expect, it } from 'vitest'

import { numberFormats, type NumberName } from './numbers.ts'

const readAs = (name: NumberName, bytes: readonly number[], little = true): number => {
  const format = numberFormats[name]
  expect(format.bytes).toBe(bytes.length)
  return format.read(new DataView(Uint8Array.of(9, ...bytes).buffer), 1, little)
}

describe('a format of numbers', () => {
  // The examples of Wikipedia, "Half-precision floating-point format" and "bfloat16 floating-point format".
  it.each<readonly [NumberName, number, number]>([
    ['float16', 0x0001, 2 ** -24],
    ['float16', 0x03ff, 1023 * 2 ** -24],
    ['float16', 0x0400, 2 ** -14],
    ['float16', 0x3555, 0.333251953125],
    ['float16', 0x3c01, 1 + 2 ** -10],
    ['float16', 0x7bff, 65504],
    ['float16', 0x7c00, Infinity],
    ['float16', 0xfc00, -Infinity],
    ['float16', 0x7c01, NaN],
    ['float16', 0xc000, -2],
    ['float16', 0x8000, -0],
    ['bfloat16', 0x3f80, 1],
    ['bfloat16', 0xc000, -2],
    ['bfloat16', 0x4049, 3.140625],
    ['bfloat16', 0x7f80, Infinity],
  ])('%s of the bits %i', (name, bits, value) => {
    expect(readAs(name, [bits & 255, bits >> 8])).toBe(value)
    expect(readAs(name, [bits >> 8, bits & 255], false)).toBe(value)
  })

  it.each<readonly [NumberName, readonly number[], number]>([
    ['int8', [0xfe], -2],
    ['uint8', [0xfe], 254],
    ['bool', [0], 0],
    ['bool', [2], 1],
    ['int16', [0xfe, 0xff], -2],
    ['uint16', [0xfe, 0xff], 65534],
    ['int32', [1, 0, 0, 0x80], -(2 ** 31) + 1],
    ['uint32', [1, 0, 0, 0x80], 2 ** 31 + 1],
    ['int64', [0xfe, 255, 255, 255, 255, 255, 255, 255], -2],
    ['uint64', [0, 0, 0, 0, 0, 0, 0, 0x80], 2 ** 63],
    ['float32', [0, 0, 0x20, 0xc1], -10],
    ['float64', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], 1],
  ])('%s of the bytes %j, of either order', (name, bytes, value) => {
    expect(readAs(name, bytes)).toBe(value)
    expect(readAs(name, bytes.toReversed(), false)).toBe(value)
  })
})
