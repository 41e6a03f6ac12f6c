import type { ByteSource } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { inWindows, type NearSource } from './in-windows.ts'

const windowSize = 8192
const bytes = Uint8Array.from({ length: 3 * windowSize }, (_, i) => (i * 7 + (i >> 8)) % 251)

/** A source that is read in windows, and the ranges that it was asked for. */
const opened = (): { readonly near: NearSource; readonly asked: (readonly [number, number])[] } => {
  const asked: (readonly [number, number])[] = []
  const source: ByteSource = {
    length: bytes.length,
    range: (begin, end) => {
      asked.push([begin, end])
      return bytes.subarray(begin, end)
    },
  }
  return { near: inWindows(source), asked }
}

describe('a source that is read in windows', () => {
  it('gives the bytes that are there, few or many, wherever they begin', () => {
    const { near } = opened()
    expect(near.length).toBe(bytes.length)
    for (const [begin, end] of [
      [5, 9],
      [8000, 8300],
      [100, 100 + windowSize],
      [0, 3 * windowSize],
      [2, 3],
      [bytes.length - 4, bytes.length],
    ] as const)
      expect(near.range(begin, end)).toEqual(bytes.subarray(begin, end))
    for (const at of [0, 8191, 8192, 20_000, 3, bytes.length - 1]) expect(near.byte(at)).toBe(bytes[at])
  })

  it('reads once for all that lies within what was read, to its last byte', () => {
    const { near, asked } = opened()
    near.range(10, 12)
    near.range(10, 11)
    near.range(9 + windowSize, 10 + windowSize)
    near.byte(9 + windowSize)
    expect(asked).toEqual([[10, 10 + windowSize]])
    near.range(10 + windowSize, 11 + windowSize)
    near.byte(9)
    expect(asked.slice(1)).toEqual([
      [10 + windowSize, 10 + 2 * windowSize],
      [9, 9 + windowSize],
    ])
  })

  it('reads a window or more as it is asked for, and not beyond the end', () => {
    const { near, asked } = opened()
    near.range(7, 7 + windowSize)
    near.range(bytes.length - 5, bytes.length)
    expect(asked).toEqual([
      [7, 7 + windowSize],
      [bytes.length - 5, bytes.length],
    ])
  })
})
