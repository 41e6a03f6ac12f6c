import { describe, expect, it } from 'vitest'

import { colours } from '../../tests/small-network.ts'
import { sealTestSet } from './test-set.ts'

describe('a sealed test set', () => {
  it('gives its examples once and counts', () => {
    const examples = colours(2, 1)
    const test = sealTestSet(examples)
    expect(test.opened()).toBe(0)
    expect(test.open()).toBe(examples)
    expect(test.opened()).toBe(1)
    expect(() => test.open()).toThrow('opened before')
    expect(test.opened()).toBe(1)
  })

  it('shows nothing of its examples while it is closed', () => {
    expect(JSON.stringify(sealTestSet(colours(2, 1)))).toBe('{}')
  })
})
