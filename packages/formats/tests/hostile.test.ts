import { concatBytes } from '@ptu/core'
import { ImportError } from '@ptu/networks'
import { memory } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { listTensors } from '../src/index.ts'
import { messageOf, tensorPickle, weights } from './torch-bytes.ts'

const golden = JSON.parse(readFileSync(new URL('../fixtures/containers.json', import.meta.url), 'utf8')) as {
  readonly files: Readonly<Record<string, { readonly bytes: string }>>
}
const fileOf = (name: string): Uint8Array => new Uint8Array(Buffer.from(golden.files[name]?.bytes ?? '', 'base64'))

/** Reads everything that a file has; anything but an `ImportError` is thrown on. */
const readAll = (bytes: Uint8Array): void => {
  const file = listTensors({ name: 'x', bytes })
  if (E.isLeft(file)) return
  for (const { values } of file.right.tensors)
    try {
      values()
    } catch (cause) {
      if (!(cause instanceof ImportError)) throw cause
    }
}

const safetensors = (header: string, size: number): Uint8Array => {
  const text = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + text.length + size)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

describe('2,000 files that were changed at random', () => {
  it.each<readonly [string, Uint8Array]>([
    ['of the zip container', fileOf('zip')],
    ['of the zip container, deflated', fileOf('zip, deflated')],
    ['of the legacy container', fileOf('legacy')],
    ['of safetensors', safetensors('{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BOOL","shape":[3],"data_offsets":[24,27]}}', 27)], // prettier-ignore
  ])('%s are read or refused with an ImportError', (_what, bytes) => {
    const before = memory().numTensors
    const odd = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x28, 0x2e, 0x52, 0x63, 0x7f, 0x80, 0xff))
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.array(odd, { minLength: 1, maxLength: 4 }))
    const cut = fc.oneof({ weight: 4, arbitrary: fc.constant(bytes.length) }, { weight: 1, arbitrary: fc.nat(bytes.length) }) // prettier-ignore
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), cut, (changes, length) => {
        const copy = bytes.slice()
        for (const [at, values] of changes) copy.set(values.slice(0, copy.length - at), at)
        readAll(copy.subarray(0, length))
      }),
      { seed: 1, numRuns: 2000 },
    )
    expect(memory().numTensors).toBe(before)
  })

  it('of the pickle inside of an archive whose sums are right are read or refused with an ImportError', () => {
    const good = tensorPickle(6, 1, [2, 2], [3, 1])
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        (changes) => {
          const copy = good.slice()
          for (const [at, value] of changes) copy[at] = value
          readAll(weights(6, copy))
        },
      ),
      { seed: 1, numRuns: 2000 },
    )
  })
})

describe('a file', () => {
  it('of the legacy container with more bytes than its storages is refused', () => {
    const longer = concatBytes([fileOf('legacy'), Uint8Array.of(0)])
    expect(messageOf(longer)).toContain('to end after its last storage, 1 bytes are left')
  })
})
