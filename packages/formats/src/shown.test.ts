import { describe, expect, it } from 'vitest'

import { shown } from './shown.ts'

describe('a name from a file', () => {
  it('is shown whole up to 80 characters, and in quotes', () => {
    expect(shown('a"b')).toBe('"a\\"b"')
    expect(shown('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`)
    expect(shown(`${'x'.repeat(80)}y`)).toBe(`"${'x'.repeat(80)}…"`)
  })
})
