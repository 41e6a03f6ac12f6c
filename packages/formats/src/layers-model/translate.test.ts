import { ImportError } from '@ptu/networks'
import { describe, expect, it } from 'vitest'

import { checkSize } from './translate.ts'

describe('the output of a layer', () => {
  it('has at least one number, and no more than memory holds', () => {
    const check =
      (...shape: readonly number[]) =>
      (): void => {
        checkSize('layer a', shape)
      }
    expect(check(1)).not.toThrow()
    expect(check(3, 0)).toThrow(ImportError)
    expect(check(3, 0)).toThrow('layer a: expected an output of 1 to ')
    expect(check(NaN)).toThrow('got [NaN]')
    expect(check(2 ** 20, 2 ** 20)).toThrow('numbers, got [1048576, 1048576]')
  })
})
