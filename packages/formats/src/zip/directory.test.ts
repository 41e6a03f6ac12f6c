import { describe, expect, it } from 'vitest'

import { sourceOf } from '@ptu/core'
import { dataStart, isZip, readDirectory } from './directory.ts'

const content = Uint8Array.of(7, 8, 9)

/** A number in so many bytes, the lowest first. */
const little = (value: number, bytes: number): readonly number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256)

const name = [97, 98] // "ab"

/** The parts of an archive of one stored member, whose sizes are told in 64 bits. */
const parts = {
  local: [
    ...little(0x04034b50, 4),
    ...[...little(45, 2), ...little(0, 2), ...little(0, 2), ...little(0, 4)],
    ...[...little(0x11223344, 4), ...little(3, 4), ...little(3, 4), ...little(2, 2), ...little(1, 2)],
    ...[...name, 0, ...content],
  ],
  extra: [...little(9, 2), ...little(1, 2), 5, ...little(1, 2), ...little(24, 2)],
  end: [...little(0x06054b50, 4), ...little(0, 4), ...little(0xffff, 2), ...little(0xffff, 2)],
}

const entryOf = (size: number, packed: number, header: number): readonly number[] => [
  ...[...little(0x02014b50, 4), ...little(45, 2), ...little(45, 2), ...little(2, 2), ...little(8, 2), ...little(0, 4)],
  ...[...little(0x11223344, 4), ...little(0xffffffff, 4), ...little(0xffffffff, 4), ...little(2, 2), ...little(33, 2)],
  ...[...little(0, 2), ...little(0, 2), ...little(0, 2), ...little(0, 4), ...little(0xffffffff, 4), ...name],
  ...[...parts.extra, ...little(size, 8), ...little(packed, 8), ...little(header, 8)],
]

/** A 64-bit archive; what its end says may be changed. */
const archive = (changes: { readonly count?: number; readonly locator?: number; readonly packed?: number } = {}) => {
  const entry = entryOf(4, changes.packed ?? 3, 0)
  const start = parts.local.length
  const end64 = start + entry.length
  return Uint8Array.from([
    ...[...parts.local, ...entry],
    ...[...little(0x06064b50, 4), ...little(44, 8), ...little(45, 2), ...little(45, 2), ...little(0, 8)],
    ...[...little(1, 8), ...little(changes.count ?? 1, 8), ...little(entry.length, 8), ...little(start, 8)],
    ...[...little(0x07064b50, 4), ...little(0, 4), ...little(changes.locator ?? end64, 8), ...little(1, 4)],
    ...[...parts.end, ...little(0xffffffff, 4), ...little(0xffffffff, 4), ...little(2, 2), 33, 33],
  ])
}

describe('an archive whose numbers need 64 bits', () => {
  it('is read from the end that its locator names, sizes from the extra field, behind a comment', () => {
    const bytes = archive()
    const entries = readDirectory(sourceOf(bytes))
    expect(entries).toEqual([{ name: 'ab', flags: 2, method: 8, crc: 0x11223344, size: 4, packed: 3, header: 0 }])
    const [entry] = entries
    if (entry === undefined) throw new Error('expected an entry')
    const start = dataStart(sourceOf(bytes), entry)
    expect([...bytes.subarray(start, start + 3)]).toEqual([...content])
    expect([bytes, new Uint8Array(4), new Uint8Array(3)].map((one) => isZip(sourceOf(one)))).toEqual([
      ...[true, false, false],
    ])
  })

  it('is refused where it does not hold what it says', () => {
    expect(() => readDirectory(sourceOf(archive({ locator: 3 })))).toThrow(
      'its 64-bit end of directory is not where it says',
    )
    expect(() => readDirectory(sourceOf(archive({ count: 3 })))).toThrow('cannot hold 3 members')
    expect(() => readDirectory(sourceOf(archive({ packed: 4000 })))).toThrow('of 4000 bytes lies outside of the file')
    expect(() => readDirectory(sourceOf(archive().subarray(0, 60)))).toThrow('it has no end of directory')
    expect(() => readDirectory(sourceOf(new Uint8Array(21)))).toThrow('it has 21 bytes')
  })
})
