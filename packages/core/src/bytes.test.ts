import { createHash } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { bytesIn, concatBytes, sha256 } from './bytes.ts'

describe('concatBytes', () => {
  it('joins parts in their order', () => {
    expect(concatBytes([Uint8Array.of(9), new Uint8Array(0), Uint8Array.of(8, 7)])).toEqual(Uint8Array.of(9, 8, 7))
  })
})

describe('bytesIn', () => {
  it('sees the part of the buffer that the array covers', () => {
    const whole = Float32Array.of(1, 2, 3)
    expect(bytesIn(whole.subarray(1, 2))).toEqual(new Uint8Array(Float32Array.of(2).buffer))
  })
})

describe('sha256', () => {
  it('is what Node computes, for texts, bytes and shared memory', async () => {
    const text = 'Größe'
    const bytes = new TextEncoder().encode(text)
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    const wanted = createHash('sha256').update(text).digest('hex')
    expect([await sha256(text), await sha256(bytes), await sha256(shared)]).toEqual([wanted, wanted, wanted])
  })
})
