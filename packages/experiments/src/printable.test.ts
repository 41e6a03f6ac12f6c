import { describe, expect, it } from 'vitest'

import { printable } from './printable.ts'

describe('printable', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', '␛[31mred␛[0m'],
    ['\u009b2J', '\\x9b2J'],
    ['a\nb\r\tc\u0000', 'a␊b␍␉c␀'],
    ['\u007f', '␡'],
    ['\u202egpj.exe', '\\u202egpj.exe'],
    ['\u2066x\u2069 \u200e\u200f\u061c', '\\u2066x\\u2069 \\u200e\\u200f\\u061c'],
    ['a\u2028b\ufeff', 'a\\u2028b\\ufeff'],
    ['\ud83d', '\\ud83d'],
  ])('shows %j as %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it.each(['Katze', 'ネコ', 'قط', '👩‍🔬', 'a b_c-d.e', '␛'])('leaves %s as it is', (text) => {
    expect(printable(text)).toBe(text)
  })

  it('leaves nothing that a terminal obeys in any of the first 65,536 characters', () => {
    const every = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code))
    const sent = every.filter((character) => printable(character) === character)
    expect(sent.some((character) => /[\p{Cc}\p{Cs}\p{Bidi_Control}]/u.test(character))).toBe(false)
    expect(sent.length).toBeGreaterThan(63_000)
  })
})
