import { zipSync } from 'fflate'
import { memory } from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { disposeModel, listTensors, openModel } from '../src/index.ts'
import { bytesOf, opened } from './keras-files.ts'

const nested = bytesOf('k3-nested.h5')
const archive = bytesOf('k3-mobile.keras')

/** Opens a file, frees the result, and gives the message. */
const outcome = (bytes: Uint8Array): string => {
  const model = openModel({ name: 'x', bytes })
  if (E.isLeft(model)) return model.left.message
  disposeModel(model.right)
  return 'opened'
}

/** The places of a text in bytes. */
const placesOf = (bytes: Uint8Array, text: string): readonly number[] => {
  const wanted = [...new TextEncoder().encode(text)]
  return [...bytes.keys()].filter((at) => wanted.every((byte, i) => bytes[at + i] === byte))
}

const placeOf = (bytes: Uint8Array, text: string): number => placesOf(bytes, text)[0] ?? 0

/** A copy of a file in which numbers of 8 bytes are others. */
const changed = (
  bytes: Uint8Array,
  ...changes: readonly (readonly [at: number, value: bigint, size?: 1 | 2 | 8])[]
): Uint8Array => {
  const copy = new Uint8Array(bytes)
  const view = new DataView(copy.buffer)
  for (const [at, value, size = 8] of changes) {
    if (size === 8) view.setBigUint64(at, value, true)
    else if (size === 2) view.setUint16(at, Number(value), true)
    else view.setUint8(at, Number(value))
  }
  return copy
}

/** The root's tree made a node of 16 children that are itself, level by level. */
const ownChild = (): Uint8Array => {
  const tree = placeOf(nested, 'TREE')
  const children = Array.from({ length: 16 }, (_, i) => [tree + 32 + 16 * i, BigInt(tree)] as const)
  return changed(nested, [tree + 5, 7n, 1], [tree + 6, 16n, 2], ...children)
}

/** A group of which each child is the root. */
const ownParent = (): Uint8Array => {
  const symbols = placesOf(nested, 'SNOD')
  const root = new DataView(nested.buffer).getBigUint64(64, true)
  return changed(nested, ...symbols.flatMap((at) => [[at + 8 + 8, root] as const, [at + 48 + 8, root] as const]))
}

/** A continuation of the root's header that is the header's own first message. */
const endless = (): Uint8Array => {
  const header = Number(new DataView(nested.buffer).getBigUint64(64, true))
  return changed(nested, [header + 16, 0x10n, 2], [header + 18, 16n, 2], [header + 24, BigInt(header + 16)], [header + 32, 24n]) // prettier-ignore
}

describe('an HDF5 file', () => {
  it.each<readonly [string, () => Uint8Array, string]>([
    ['is cut', () => nested.subarray(0, 20_000), 'it is cut or damaged'],
    ['is its signature alone', () => nested.subarray(0, 8), 'it is cut or damaged'],
    ['has a tree of itself', ownChild, 'expected groups of at most 8 levels'],
    ['has groups that are their own parents', ownParent, 'groups at most 64 deep'],
    ['has a header that goes on with itself', endless, 'headers of at most 1000 parts'],
    ['has its root beyond 2⁵³', () => changed(nested, [64, 2n ** 60n]), 'beyond 2^53'],
    ['has its root behind its end', () => changed(nested, [64, 2n ** 40n]), 'it is cut or damaged'],
    ['was written by another library', () => bytesOf('other-latest.h5'), 'a superblock of version 0, got version 3; in Python, open the model with Keras'], // prettier-ignore
    ['is not of Keras', () => bytesOf('other-chunked.h5'), 'put the config.json of the model beside them'],
  ])('that %s is refused', (_what, make, message) => {
    expect(outcome(make())).toContain(message)
  })

  it('holds numbers of other types, read where they are and named where they cannot be', () => {
    const { tensors } = opened(listTensors({ name: 'x', bytes: bytesOf('other-chunked.h5') }))
    const valuesOf = (name: string): unknown => {
      const found = tensors.find((one) => one.name === name)
      return found?.refused ?? [...(found?.values() ?? [])]
    }
    expect(valuesOf('half')).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25])
    expect(valuesOf('big')).toEqual([0, 1, 2, 3])
    expect(valuesOf('one')).toEqual([2.5])
    expect(valuesOf('text')).toBe('it does not hold numbers')
    expect(valuesOf('flag')).toBe('it does not hold numbers')
    expect(valuesOf('chunked')).toContain('kept in chunks or not at all')
    expect(valuesOf('none')).toContain('kept in chunks or not at all')
  })

  it('that claims a tensor of 2⁵⁰ numbers is refused before memory is taken', () => {
    // Dataspaces of version 1 of two numbers, the bias of the head's among them.
    const spaces = placesOf(nested, '\u0001\u0001\u0001\0\0\0\0\0\u0002\0\0\0\0\0\0\0')
    const listed = spaces.map((at) => listTensors({ name: 'x', bytes: changed(nested, [at + 8, 2n ** 50n]) }))
    const refused = listed.flatMap((file) => (E.isRight(file) ? file.right.tensors.map((one) => one.refused) : []))
    expect(refused).toContain(`its shape needs ${2 ** 52} bytes, 8 are stored`)
  })
})

const members = (config: string, weights = bytesOf('k3-nested.weights.h5')): Uint8Array =>
  zipSync({ 'config.json': new TextEncoder().encode(config), 'model.weights.h5': weights, 'metadata.json': new TextEncoder().encode('{"keras_version":"3.15.1"}') }) // prettier-ignore

const config = new TextDecoder().decode(bytesOf('k3-nested.json'))

/** An archive whose directory says that its deflated weights have 2³⁰ bytes. */
const bomb = (): Uint8Array => {
  const bytes = members(config, new Uint8Array(1000))
  const [, entry = 0] = placesOf(bytes, 'model.weights.h5')
  return changed(bytes, [entry - 46 + 26, 0x4000n, 2])
}

describe('an archive of Keras', () => {
  it.each<readonly [string, () => Uint8Array, string]>([
    ['has no weights', () => zipSync({ 'config.json': new Uint8Array(2), 'metadata.json': new TextEncoder().encode('{}') }), 'config.json: expected JSON'], // prettier-ignore
    ['has a description that is no JSON', () => members('{'), 'config.json: expected JSON'],
    ['has weights of another model', () => members(config, bytesOf('k3-branches.h5')), 'got none'],
    ['has weights that are no HDF5', () => members(config, new Uint8Array(100)), 'expected an HDF5 file'],
    ['has quantised weights', () => members(config.replaceAll('"DTypePolicy"', '"QuantizedDTypePolicy"')), 'they are quantised'], // prettier-ignore
    ['has a layer that no reader knows', () => members(config.replace('"SeparableConv2D"', '"MyLayer"')), 'layer start (MyLayer): a layer "MyLayer" cannot be opened'], // prettier-ignore
    ['is cut', () => archive.subarray(0, 9000), 'expected'],
    ['has a path out of it', () => zipSync({ 'config.json': new TextEncoder().encode(config), '../model.weights.h5': new Uint8Array(9) }), 'do not trust'], // prettier-ignore
    ['has weights that claim 10⁶ times their bytes', bomb, 'members that deflate can hold'],
  ])('that %s is refused', (_what, make, message) => {
    expect(outcome(make())).toContain(message)
  })

  it('that is whole is opened', () => {
    expect(outcome(members(config))).toBe('opened')
  })
})

/** Places of a file that are not zero, where its structures are; more often in its first part. */
const flips = (bytes: Uint8Array) => {
  const places = [...bytes.keys()].filter((at) => bytes[at] !== 0)
  return fc.array(fc.tuple(fc.nat(places.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }).map((all) => {
    const copy = new Uint8Array(bytes)
    for (const [place, flip] of all) copy[places[place] ?? 0] = (copy[places[place] ?? 0] ?? 0) ^ flip
    return copy
  }) // prettier-ignore
}

describe('any file that looks like one of Keras', () => {
  it.each([
    ['whole models', bytesOf('k2-nested.h5')],
    ['archives', bytesOf('k3-nested.keras')],
  ])('of %s is opened or refused with an ImportError, and leaves no tensor', (_what, bytes) => {
    const before = memory().numTensors
    fc.assert(
      fc.property(flips(bytes), (mutant) => {
        outcome(mutant)
        expect(memory().numTensors).toBe(before)
      }),
      { numRuns: 500 },
    )
  })

  it('of weights is listed or refused', () => {
    fc.assert(
      fc.property(flips(bytesOf('k3-nested.weights.h5')), (bytes) => {
        const found = listTensors({ name: 'x', bytes })
        if (E.isRight(found)) for (const { values, refused } of found.right.tensors) if (refused === undefined) values()
      }),
      { numRuns: 500 },
    )
  })

  it('of a changed description beside whole weights is opened or refused', () => {
    const weights = bytesOf('k3-nested.weights.h5')
    const tokens = config.match(/"[^"]*"|-?\d+(\.\d+)?|true|false|null/g) ?? []
    fc.assert(
      fc.property(fc.nat(tokens.length - 1), fc.constantFrom('-1', '0', '7', '1e9', 'null', 'true', '"x"', '[]', '{}', '"same"', '"inner"'), (at, put) => {
        let seen = -1
        const text = config.replace(/"[^"]*"|-?\d+(\.\d+)?|true|false|null/g, (token) => (++seen === at ? put : token))
        outcome(members(text, weights))
      }),
      { numRuns: 300 },
    ) // prettier-ignore
  })
})
