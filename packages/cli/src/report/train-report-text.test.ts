import { describe, expect, it } from 'vitest'

import { counted } from '../format.ts'
import { mostConfused } from './train-report-matrix.ts'
import { below, capital, shown, some } from './train-report-text.ts'

describe('words of a page', () => {
  it('leave out the middle of a text of more than 160 characters', () => {
    const text = Array.from({ length: 161 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('')
    expect(shown(text.slice(1))).toBe(text.slice(1))
    expect(shown(text)).toBe(`${text.slice(0, 80)}…${text.slice(161 - 79)}`)
  })

  it('count things and say how many of them are shown', () => {
    expect([counted(0, 'image'), counted(1, 'image'), counted(2, 'image')]).toEqual(['0 images', '1 image', '2 images'])
    expect([some(3, 3), some(3, 4), capital('images'), capital('')]).toEqual(['3', '3 of 4', 'Images', ''])
  })

  it('tell a path from the folder that it lies below', () => {
    expect(
      ['photos/a/b.png', 'photos\\a.png', 'photos', 'photos/', 'photos2/a', 'x/photos/a'].map((path) =>
        below('photos', path),
      ),
    ).toEqual(['a/b.png', 'a.png', 'photos', 'photos/', 'photos2/a', 'x/photos/a'])
  })

  it('name the pair of classes that is confused most often', () => {
    const classes = ['a', 'b', 'c'].map((name) => ({ name, train: 1, test: 1 }))
    const of = (confusion: readonly (readonly number[])[]) =>
      mostConfused({ confusion, data: { path: '', digest: '', unreadable: [], frozen: 0, classes } })
    expect(of([[9, 0, 0], [0, 9, 0], [0, 0, 9]])).toBeUndefined() // prettier-ignore
    expect(of([[9, 1, 2], [2, 1, 0], [0, 1, 9]])).toBe('a taken for c, 2 of 12') // prettier-ignore
    expect(of([[9, 1, 2], [3, 1, 0], [0, 1, 9]])).toBe('b taken for a, 3 of 4') // prettier-ignore
  })
})
