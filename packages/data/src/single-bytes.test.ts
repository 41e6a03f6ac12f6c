import { expect, it } from 'vitest'

import { characters, windows1252 } from './single-bytes.ts'

const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i % 256)

it('gives each byte the character of its number', () => {
  expect(Array.from(characters(bytes), (character) => character.charCodeAt(0))).toEqual([...bytes])
})

it('gives the euro sign, quotation marks and dashes of windows-1252, and leaves other bytes', () => {
  expect(windows1252(characters(Uint8Array.of(0x80, 0x92, 0x93, 0x96, 0x99, 0x9f)))).toBe(
    '\u20ac\u2019\u201c\u2013\u2122\u0178',
  )
  expect(windows1252('a\x7f\xa0\xff\x81')).toBe('a\x7f\xa0\xff\x81')
  expect(windows1252(characters(Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i)))).toHaveLength(32)
})
