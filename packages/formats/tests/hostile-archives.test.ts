import { concatBytes, key, sourceOf, uniforms } from '@ptu/core'
import { ImportError } from '@ptu/networks'
import { deflateSync } from 'fflate'
import { describe, expect, it } from 'vitest'

import { openArchive } from '../src/zip/archive.ts'
import { archive, data, half, messageOf, pickle, tensorPickle, weights, word, zeros } from './torch-bytes.ts'

/** Deflated bytes that hold nothing sensible in their second half. */
const spoiltEnd = deflateSync(Uint8Array.from(uniforms(key(0), 40_000), (u) => 16 * u)).fill(0xff, 10_000)

describe('an archive', () => {
  it('may be empty', () => {
    expect(openArchive(sourceOf(archive()))).toEqual(new Map())
  })

  const good = tensorPickle(1, 0, [1], [1])
  const storage = { name: 'a/data/0', bytes: zeros(4) }
  it.each<readonly [string, Uint8Array, string]>([
    ['that is whole is read', archive(data(good), storage), 'read'],
    ['with a path out of it', archive(data(good), { ...storage, name: 'a/../../etc/passwd' }), 'got "a/../../etc/passwd"; do not trust'], // prettier-ignore
    ['with an absolute path', archive(data(good), { ...storage, name: '/etc/passwd' }), 'got "/etc/passwd"'],
    ['with a path of another system', archive(data(good), { ...storage, name: 'C:\\x' }), 'got "C:\\\\x"'],
    ['with two members of one name', archive(data(good), data(good), storage), 'two are "a/data.pkl"'],
    ['with members that overlap', archive(data(good), storage, { name: 'b', bytes: zeros(0), claims: { header: 0, packed: 9 } }), 'do not overlap'], // prettier-ignore
    ['with a member outside of the file', archive(data(good), { ...storage, claims: { packed: 2 ** 31, size: 2 ** 31 } }), 'lies outside of the file'], // prettier-ignore
    ['with a member that would be inflated 10⁶ times', archive(data(good, { method: 8, size: 2 ** 28 })), 'members that deflate can hold'], // prettier-ignore
    ['with a member that is longer than it says, whose rest is not looked at', archive(data(spoiltEnd, { method: 8, size: 10 })), 'expected the size and the checksum'], // prettier-ignore
    ['with what is no deflated member', archive(data(good, { method: 8, size: 300 })), 'cannot be inflated'],
    ['with a method that is not known', archive(data(good, { method: 14 }), storage), 'got method 14'],
    ['with a member that was changed', archive(data(good, { crc: 1 }), storage), 'the checksum of the archive'],
    ['with a storage that was changed', archive(data(good), { ...storage, claims: { crc: 1 } }), 'the checksum of the archive'], // prettier-ignore
    ['without a pickle', archive({ name: 'word/document.xml', bytes: zeros(3) }), 'with a data.pkl, got one of "word/document.xml"'], // prettier-ignore
    [
      'of TorchScript',
      archive(data(good), storage, { name: 'a/constants.pkl', bytes: zeros(1) }),
      'a TorchScript program',
    ],
    ['that is cut', archive(data(good), storage).subarray(0, -30), 'it has no end of directory'],
    ['with another order of bytes', archive(data(good), storage, { name: 'a/byteorder', bytes: pickle('odd') }), 'little or big, got "odd"'], // prettier-ignore
  ])('%s', (_what, bytes, message) => {
    const read = (): string => {
      try {
        return messageOf(bytes)
      } catch (cause) {
        return cause instanceof ImportError ? cause.message : 'another error'
      }
    }
    expect(read()).toContain(message)
  })

  it('may have a directory of 64 bits', () => {
    const short = weights(6, tensorPickle(6, 1, [2, 2], [3, 1]))
    const view = new DataView(short.buffer)
    const end = short.length - 22
    const long = (value: number): readonly number[] => [...word(value), ...word(0)]
    const [size, start] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)]
    const end64 = [...word(0x06064b50), ...long(44), ...word(0), ...long(0), ...long(2), ...long(2), ...long(size), ...long(start)] // prettier-ignore
    const locator = [...word(0x07064b50), ...word(0), ...long(end), ...word(1)]
    const last = [...word(0x06054b50), ...word(0), ...half(0xffff), ...half(0xffff), ...word(2 ** 32 - 1), ...word(2 ** 32 - 1), 0, 0] // prettier-ignore
    const bytes = concatBytes([short.subarray(0, end), Uint8Array.from([...end64, ...locator, ...last])])
    expect(messageOf(bytes)).toBe('read')
    expect(messageOf(concatBytes([short.subarray(0, end), Uint8Array.from([...end64, ...locator.map(() => 0), ...last])]))).not.toBe('read') // prettier-ignore
  })
})
