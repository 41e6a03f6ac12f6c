import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { key } from '@ptu/core'
import { builtInMethods } from '../methods/built-in.ts'
import { checkMethods } from './check-methods.ts'

const one = { train: blobs(key(0), 2) }
const tagged = { train: { ...blobs(key(0), 2), tagged: true } }

describe('the kinds of task that a method is for', () => {
  it('are all where it names none', () => {
    const [scratch, ...others] = builtInMethods.filter(({ kinds }) => kinds === undefined)
    expect(scratch?.name).toBe('scratch')
    expect(E.isRight(checkMethods(others, tagged))).toBe(true)
  })

  it('are told before anything is trained, with the methods to leave out', () => {
    expect(E.isRight(checkMethods(builtInMethods, one))).toBe(true)
    expect(checkMethods(builtInMethods, tagged)).toMatchObject({
      left: {
        message:
          'lp-ft, probe, setfit, ptu-evidence: expected a task of the kind classify or multi-label or regress, got tag; leave these methods out',
      },
    })
  })
})
