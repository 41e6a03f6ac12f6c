import { CorruptFileError } from '@ptu/tensor'
import { describe, expect, it } from 'vitest'

import { checkTopology } from './topology.ts'

/** A record in a record, so many times. */
const nested = (levels: number): object => (levels === 0 ? {} : { inner: nested(levels - 1) })

describe('a topology', () => {
  it('has 64 levels at most', () => {
    expect(() => {
      checkTopology(nested(64), 1)
    }).not.toThrow()
    expect(() => {
      checkTopology(nested(65), 1)
    }).toThrow(new CorruptFileError('its modelTopology is nested deeper than 64'))
  })

  it('has layers of no more units than the file has weights, and of one at least', () => {
    const check = (units: number) => (): void => {
      checkTopology({ units }, 8)
    }
    for (const units of [1, 8]) expect(check(units)).not.toThrow()
    for (const units of [0, 9, 1.5]) expect(check(units)).toThrow(`a layer has units ${units}, the file has 8 weights`)
  })
})
