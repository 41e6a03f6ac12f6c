import { resolve } from 'node:path'

import { describe, expect, it } from 'vitest'

import { shownFrom } from './shown-path.ts'

describe('a path that people read', () => {
  const shown = shownFrom(resolve('/home/me'))

  it('starts from the working folder where it is in it, lines of files included', () => {
    expect(shown(resolve('/home/me/new/a.png'))).toBe(resolve('/new/a.png').slice(1))
    expect(shown(`${resolve('/home/me/new.csv')}:2`)).toBe('new.csv:2')
    expect(shownFrom(resolve('/'))(resolve('/new/a.png'))).toBe(resolve('/new/a.png').slice(1))
  })

  it('is whole elsewhere, and what is no path stays as it is', () => {
    for (const path of [resolve('/home/me'), resolve('/home/mean/a.png'), resolve('/tmp/a.png'), 'stdin:2'])
      expect(shown(path)).toBe(path)
  })
})
