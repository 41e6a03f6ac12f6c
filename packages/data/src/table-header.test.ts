import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { headerOf } from './table-header.ts'

describe('headerOf', () => {
  it('where names are demanded, takes a line with a number among them and refuses one of only numbers', () => {
    expect(headerOf(['label', '0', 'width'], 'names')).toEqual(
      E.right({ names: ['label', '0', 'width'], isRow: false }),
    )
    expect(headerOf(['7', '0', '1.5'], 'names')).toEqual(
      E.left(['line 1: expected the names of the columns, got only numbers']),
    )
  })

  it('tells names from a row by its numbers, and asks where it cannot', () => {
    expect(headerOf(['label', '0', '1', '2'], 'told')).toEqual(
      E.right({ names: ['label', '0', '1', '2'], isRow: false }),
    )
    expect(headerOf(['0.5', '0.25'], 'told')).toEqual(E.right({ names: ['1', '2'], isRow: true }))
    expect(E.isLeft(headerOf(['a', '0.5', '7'], 'told'))).toBe(true)
    expect(headerOf(['3', 'x'], false)).toEqual(E.right({ names: ['1', '2'], isRow: true }))
  })

  it('names the column that has no name or a name that was there', () => {
    expect(headerOf(['a', '', 'a'], true)).toEqual(
      E.left(['line 1: column 2 has no name', expect.stringMatching(/column .*a.* comes twice/) as string]),
    )
  })
})
