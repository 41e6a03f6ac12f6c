import { concatBytes, key, uniforms } from '@ptu/core'
import { ImportError } from '@ptu/networks'
import { memory } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { deflateSync } from 'fflate'
import * as E from 'fp-ts/lib/Either.js'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { listTensors } from '../src/index.ts'
import { sourceOf } from '@ptu/core'
import { openArchive } from '../src/zip/archive.ts'
import { crc32 } from '../src/zip/crc32.ts'

/** A pickle written opcode by opcode: texts are bytes as they are, numbers are bytes. */
const pickle = (...parts: readonly (string | number)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)])))

const word = (value: number): readonly number[] => [0, 8, 16, 24].map((shift) => Math.floor(value / 2 ** shift) % 256)
const half = (value: number): readonly number[] => word(value).slice(0, 2)

/** A member of an archive, and what its directory claims of it where that is not the truth. */
interface Part {
  readonly name: string
  readonly bytes: Uint8Array
  readonly claims?: { readonly size?: number; readonly packed?: number; readonly method?: number; readonly header?: number; readonly crc?: number } // prettier-ignore
}

/** A zip archive, written by hand so that it can lie. */
const archive = (...parts: readonly Part[]): Uint8Array => {
  let header = 0
  const written = parts.map(({ name, bytes, claims = {} }) => {
    const text = [...new TextEncoder().encode(name)]
    const { size = bytes.length, packed = bytes.length, method = 0, crc = crc32(bytes) } = claims
    const own = [...word(0x04034b50), ...Array.from({ length: 22 }, () => 0), ...half(text.length), ...half(0), ...text]
    const sizes = [...word(crc), ...word(packed), ...word(size)]
    const rest = [
      ...half(text.length),
      ...half(0),
      ...half(0),
      ...word(0),
      ...word(0),
      ...word(claims.header ?? header),
    ]
    header += own.length + bytes.length
    return {
      member: concatBytes([Uint8Array.from(own), bytes]),
      entry: [...word(0x02014b50), ...word(0), ...half(0), ...half(method), ...word(0), ...sizes, ...rest, ...text],
    }
  })
  const directory = written.flatMap(({ entry }) => entry)
  const counts = [...half(parts.length), ...half(parts.length), ...word(directory.length), ...word(header), 0, 0]
  const end = [...directory, ...word(0x06054b50), ...word(0), ...counts]
  return concatBytes([...written.map(({ member }) => member), Uint8Array.from(end)])
}

const data = (bytes: Uint8Array, claims?: Part['claims']): Part => ({
  name: 'a/data.pkl',
  bytes,
  ...(claims && { claims }),
})

/** A state_dict of one tensor `w` in a storage `0`. */
const tensorPickle = (
  count: number,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array => {
  const integer = (value: number): readonly number[] => [0x4a, ...word(value)]
  const tuple = (values: readonly number[]): readonly number[] => [0x28, ...values.flatMap(integer), 0x74]
  const storage = [0x28, ...pickle('X', ...word(7), 'storage', 'ctorch\nFloatStorage\nX', ...word(1), '0X', ...word(3), 'cpu'), ...integer(count), 0x74, 0x51] // prettier-ignore
  const args = [0x28, ...storage, ...integer(offset), ...tuple(shape), ...tuple(strides), 0x89, 0x4e, 0x74, 0x52]
  return pickle(0x80, 2, '}X', ...word(1), 'w', 'ctorch._utils\n_rebuild_tensor_v2\n', ...args, 's.')
}

const zeros = (count: number): Uint8Array => new Uint8Array(count)
const weights = (count: number, pickled: Uint8Array): Uint8Array =>
  archive(data(pickled), { name: 'a/data/0', bytes: zeros(count * 4) })

const messageOf = (bytes: Uint8Array): string => {
  const file = listTensors({ name: 'x', bytes })
  if (E.isLeft(file)) return file.left.message
  for (const { values, refused } of file.right.tensors) if (refused === undefined) values()
  return 'read'
}

const os = 'cposix\nsystem\n(X\x07\0\0\0echo hitR.'

describe('a pickle', () => {
  it.each<readonly [string, Uint8Array, string]>([
    ['asks for a command', pickle(0x80, 2, os), 'asks for "posix.system", which no state_dict needs; nothing was run'],
    [
      'evaluates a text',
      pickle(0x80, 2, 'c__builtin__\neval\n(X', ...word(3), '1+1tR.'),
      'asks for "__builtin__.eval"',
    ],
    [
      'names a command by parts',
      pickle(0x80, 4, 0x8c, 2, 'os', 0x8c, 6, 'system', 0x93, ')R.'),
      'asks for "os.system"',
    ],
    ['loads bytes as another pickle', pickle(0x80, 2, 'ctorch.storage\n_load_from_bytes\n(C', 1, '.tR.'), 'asks for "torch.storage._load_from_bytes"'], // prettier-ignore
    ['makes an object of a class', pickle(0x80, 2, 'csubprocess\nPopen\n)', 0x81, '.'), 'asks for "subprocess.Popen"'],
    ['uses an opcode of old protocols', pickle('(i__main__\nNet\n.'), 'the opcode 0x69 that none needs'],
    ['sets attributes of a name', pickle(0x80, 2, 'cos\nsystem\n}b.'), 'attributes are set of os.system'],
    ['does not end', pickle(0x80, 2, '}'), 'it does not end'],
    ['claims a text of 4 GB', pickle(0x80, 2, 'X', 255, 255, 255, 255, 'a'), 'it ends within 4294967295 bytes'],
    [
      'claims a text of 2⁶³ bytes',
      pickle(0x80, 4, 0x8d, 0, 0, 0, 0, 0, 0, 0, 128, 'a'),
      'it claims 9223372036854776000',
    ],
    ['takes more than there is', pickle(0x80, 2, '}s.'), 'a value is missing'],
    ['reaches below a mark', pickle(0x80, 2, '}NN(s.'), 'a value is missing'],
    ['ends a mark that was not set', pickle(0x80, 2, '}u.'), 'a mark is missing'],
    ['recalls what was not kept', pickle(0x80, 2, 'h', 3, '.'), 'a value is recalled that was not kept'],
    ['calls a text', pickle(0x80, 2, 'X', ...word(1), 'a)R.'), '"a" is called with a tuple'],
    ['sets items of a list', pickle(0x80, 2, ']NNs.'), 'items are set in a list'],
    ['has a text that is not UTF-8', pickle(0x80, 2, 'X', ...word(1), 0xff, '.'), 'a text is not UTF-8'],
  ])('that %s is refused', (_what, bytes, message) => {
    expect(messageOf(archive(data(bytes)))).toContain(message)
  })

  it('is read in time and memory that grow with its bytes, however deep it is or often it recalls', () => {
    const nested = pickle(0x80, 2, ']'.repeat(200_000), 'a'.repeat(199_999), '.')
    expect(messageOf(archive(data(nested)))).toContain('a dictionary of tensors, got a list')
    // Each list holds the one before ten times: 10⁴⁰ values for who would copy them.
    const doubling = Array.from({ length: 40 }, (_, i) => [']q', i + 1, '(', ...Array.from({ length: 10 }, () => ['h', i]).flat(), 'e']) // prettier-ignore
    const bomb = pickle(0x80, 2, ']q', 0, ...doubling.flat(), '.')
    expect(messageOf(archive(data(bomb)))).toContain('a dictionary of tensors, got a list')
    expect(messageOf(archive(data(pickle(0x80, 2, ']'.repeat(2 ** 22), '.'))))).toContain('more than 4194304 steps')
  })

  it.each<readonly [string, Uint8Array, string]>([
    ['texts of Python 2', pickle(0x80, 2, '}U', 1, 'aNs.'), 'a dictionary of "a"'],
    ['integers of any length, signed', pickle(0x80, 2, '}', 0x8a, 2, 0xfe, 0xff, 'Ns.'), 'a dictionary of "-2"'],
  ])('may hold %s', (_what, bytes, message) => {
    expect(messageOf(archive(data(bytes)))).toContain(message)
  })

  it('that holds itself is read', () => {
    expect(messageOf(archive(data(pickle(0x80, 2, '}q', 0, 'X', ...word(1), 'ah', 0, 's.'))))).toContain(
      'a dictionary of "a"',
    )
  })
})

describe('a tensor', () => {
  it.each<readonly [string, Uint8Array, string]>([
    ['within its storage', weights(6, tensorPickle(6, 1, [2, 2], [3, 1])), 'read'],
    [
      'beyond its storage',
      weights(6, tensorPickle(6, 2, [2, 2], [3, 1])),
      'inside its storage of 6 numbers, it reaches number 6',
    ],
    ['that begins before its storage', weights(6, tensorPickle(6, 2 ** 32 - 1, [2], [1])), 'the offset of a tensor to be an integer from 0, got -1'], // prettier-ignore
    ['of a negative size', weights(6, tensorPickle(6, 0, [2 ** 32 - 2], [1])), 'the size of a tensor to be up to 8 integers from 0'], // prettier-ignore
    ['of a negative stride', weights(6, tensorPickle(6, 5, [2], [2 ** 32 - 1])), 'the stride of a tensor to be up to 8 integers from 0'], // prettier-ignore
    ['of more axes than strides', weights(6, tensorPickle(6, 0, [2, 2], [1])), 'a stride for each of the 2 axes'],
    ['of 2⁶⁰ numbers in one', weights(1, tensorPickle(1, 0, [2 ** 30, 2 ** 30], [0, 0])), 'read'],
    ['in a storage of a negative size', weights(6, tensorPickle(2 ** 32 - 1, 0, [2], [1])), 'the size of a storage to be an integer from 0, got -1'], // prettier-ignore
    ['in a storage of more numbers than there are', weights(6, tensorPickle(7, 0, [2], [1])), 'to have 28 bytes, the file has 24'], // prettier-ignore
    [
      'in a storage that is not there',
      archive(data(tensorPickle(6, 0, [2], [1]))),
      'to have 24 bytes, the file has none',
    ],
  ])('%s', (_what, bytes, message) => {
    expect(messageOf(bytes)).toContain(message)
  })

  it('that repeats one number 2⁶⁰ times is listed and not made', () => {
    const file = listTensors({ name: 'x', bytes: weights(1, tensorPickle(1, 0, [2 ** 30, 2 ** 30], [0, 0])) })
    expect(E.isRight(file) && file.right.tensors[0]?.refused).toContain('it repeats its numbers')
  })
})

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
})

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

  it('of the zip container may have a directory of 64 bits', () => {
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
