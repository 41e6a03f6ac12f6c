import * as E from 'fp-ts/lib/Either.js'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

import { listTensors, type TensorFile } from '../src/index.ts'
import { readTensors } from '../src/node.ts'

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly number[]
}

const encode = (header: Readonly<Record<string, unknown>>, data: Uint8Array): Uint8Array => {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}

const bytesOf = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer)

/** A file of one tensor after another. */
const fileOf = (
  tensors: Readonly<Record<string, readonly [string, readonly number[], ArrayBufferView]>>,
): Uint8Array => {
  const data: number[] = []
  const header = Object.entries(tensors).map(([name, [dtype, shape, values]]): readonly [string, Entry] => {
    const begin = data.length
    data.push(...bytesOf(values))
    return [name, { dtype, shape, data_offsets: [begin, data.length] }]
  })
  return encode(Object.fromEntries(header), Uint8Array.from(data))
}

const read = (bytes: Uint8Array): E.Either<Error, TensorFile> => listTensors({ name: 'a.safetensors', bytes })
const opened = (bytes: Uint8Array): TensorFile => {
  const file = read(bytes)
  if (E.isLeft(file)) throw file.left
  return file.right
}
const messageOf = (either: E.Either<Error, unknown>): string => (E.isLeft(either) ? either.left.message : 'read')

describe('a safetensors file', () => {
  it.each<readonly [string, ArrayBufferView, readonly number[]]>([
    ['F64', Float64Array.of(0.5, -2), [0.5, -2]],
    ['F32', Float32Array.of(0.5, -2), [0.5, -2]],
    ['F16', Uint16Array.of(0x3800, 0xc000), [0.5, -2]],
    ['BF16', Uint16Array.of(0x3f00, 0xc000), [0.5, -2]],
    ['I64', BigInt64Array.of(5n, -2n), [5, -2]],
    ['I32', Int32Array.of(5, -2), [5, -2]],
    ['I16', Int16Array.of(5, -2), [5, -2]],
    ['I8', Int8Array.of(5, -2), [5, -2]],
    ['U64', BigUint64Array.of(5n, 2n), [5, 2]],
    ['U32', Uint32Array.of(5, 2 ** 31), [5, 2 ** 31]],
    ['U16', Uint16Array.of(5, 2 ** 15), [5, 2 ** 15]],
    ['U8', Uint8Array.of(5, 200), [5, 200]],
    ['BOOL', Uint8Array.of(0, 1), [0, 1]],
  ])('holds numbers of type %s', (dtype, values, expected) => {
    const [found] = opened(fileOf({ a: [dtype, [2], values] })).tensors
    expect([...(found?.values() ?? [])]).toEqual(expected)
  })

  it('may hold a tensor of a type that is not known beside others', () => {
    const { tensors } = opened(
      fileOf({ odd: ['F8_E4M3', [3], Uint8Array.of(1, 2, 3)], a: ['F32', [1], Float32Array.of(7)] }),
    )
    expect(tensors[0]?.refused).toContain('got "F8_E4M3"; save it as F32')
    expect(() => tensors[0]?.values()).toThrow('tensor odd: expected numbers of F64, F32')
    expect(tensors[1]?.values()).toEqual(Float32Array.of(7))
  })

  const one = { dtype: 'F32', shape: [2], data_offsets: [0, 8] }
  it.each<readonly [string, Readonly<Record<string, unknown>>, string]>([
    ['that overlap', { a: one, b: one }, 'tensor "b": expected to begin at byte 8 of the data, got 0'],
    ['that leave a gap', { a: { ...one, data_offsets: [4, 12] } }, 'tensor "a": expected to begin at byte 0'],
    [
      'that end before the data',
      { a: { ...one, shape: [1], data_offsets: [0, 4] } },
      'expected 4 bytes of data, the file has 8',
    ],
    ['that end after the data', { a: { ...one, shape: [3], data_offsets: [0, 12] } }, 'expected 12 bytes of data, the file has 8'], // prettier-ignore
    ['of another size', { a: { ...one, shape: [3] } }, 'expected data_offsets of 12 bytes, got 8'],
    [
      'of 2⁶⁰ numbers',
      { a: { ...one, shape: [2 ** 30, 2 ** 30] } },
      'expected data_offsets of 4611686018427388000 bytes',
    ],
    ['of a negative size', { a: { ...one, shape: [-2] } }, 'expected shape to be'],
    ['of nine axes', { a: { ...one, shape: [1, 1, 1, 1, 1, 1, 1, 1, 2] } }, 'expected shape to be'],
    ['with odd places', { a: { ...one, data_offsets: [8, 0] } }, 'expected data_offsets to be where'],
    ['without a type', { a: { ...one, dtype: 4 } }, 'expected dtype to be a text'],
    ['that are no records', { a: 1 }, 'expected a record in the header'],
  ])('with tensors %s is refused', (_what, header, message) => {
    expect(messageOf(read(encode(header, new Uint8Array(8))))).toContain(message)
  })

  it('without a header that is JSON is refused', () => {
    const bytes = encode({}, new Uint8Array(8))
    bytes[9] = 1
    expect(messageOf(read(bytes))).toContain('its header is not JSON')
  })

  it('is told from its content, not from its name', () => {
    expect(messageOf(read(new TextEncoder().encode('no weights at all')))).toContain('its 17 bytes begin like none of these')
  })
})

describe('a sharded safetensors model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ptu-formats-'))
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })
  writeFileSync(join(folder, '1.safetensors'), fileOf({ a: ['F32', [1], Float32Array.of(1)] }))
  writeFileSync(join(folder, '2.safetensors'), fileOf({ b: ['F32', [2], Float32Array.of(2, 3)] }))
  symlinkSync('/etc/hostname', join(folder, 'link.safetensors'))
  const reading = (map: unknown): Promise<E.Either<Error, TensorFile>> => {
    const path = join(folder, 'model.safetensors.index.json')
    writeFileSync(path, JSON.stringify({ metadata: {}, weight_map: map }))
    return readTensors(path)()
  }

  it('is read as one file', async () => {
    const file = await reading({ b: '2.safetensors', a: '1.safetensors' })
    expect(E.isRight(file) && file.right.format).toBe('safetensors (2 files)')
    expect(E.isRight(file) && file.right.tensors.map(({ name, values }) => [name, ...values()])).toEqual([['b', 2, 3], ['a', 1]]) // prettier-ignore
  })

  it.each<readonly [string, unknown, string]>([
    ['names a file elsewhere', { a: '../1.safetensors' }, 'got "../1.safetensors"; nothing is read elsewhere'],
    ['names an absolute file', { a: '/1.safetensors' }, 'nothing is read elsewhere'],
    ['names another kind of file', { a: '1.bin' }, 'names of safetensors files beside the index'],
    ['names a link that leaves the folder', { a: 'link.safetensors' }, 'it is a link that leaves it'],
    ['names a file that is missing', { a: '3.safetensors' }, 'it does not exist'],
    [
      'has a tensor too many',
      { a: '1.safetensors', c: '1.safetensors' },
      'tensor "c": expected to be in 1.safetensors',
    ],
    ['lacks a tensor', { x: '2.safetensors', a: '1.safetensors' }, 'tensor "b": expected to be in the index'],
    ['is no record', 7, 'a weight_map'],
  ])('whose index %s is refused', async (_what, map, message) => {
    expect(messageOf(await reading(map))).toContain(message)
  })
})
