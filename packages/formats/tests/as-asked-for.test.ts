import { concatBytes, sourceOf, type ByteSource } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { unzipSync, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'

import { listTensors, type TensorFile } from '../src/index.ts'
import { TensorProto_DataLocation, TensorProto_DataType as Data } from '../src/onnx/generated/onnx_pb.ts'
import { encodePickle } from '../src/pytorch/writing/pickle-writer.ts'
import { bytesOf, opened } from './keras-files.ts'
import { node, written } from './onnx-graphs.ts'

/** A file that refuses what is outside of it, and remembers the longest range that was asked for. */
const watched = (bytes: Uint8Array): ByteSource & { longest: number } => {
  const source = {
    length: bytes.length,
    longest: 0,
    range: (begin: number, end: number): Uint8Array => {
      if (!(begin >= 0 && begin <= end && end <= bytes.length)) throw new RangeError(`${begin} to ${end}`)
      source.longest = Math.max(source.longest, end - begin)
      return bytes.slice(begin, end)
    },
  }
  return source
}

const listed = (bytes: Uint8Array | ByteSource): TensorFile => opened(listTensors({ name: 'x', bytes }))
const valuesOf = ({ tensors }: TensorFile): readonly unknown[] =>
  tensors.map(({ name, refused, values }) => [name, refused ?? [...values()]])

const count = 20_000
const large = Float32Array.from({ length: count }, (_, i) => i - 7.5)
const largeBytes = new Uint8Array(large.buffer)
const tensorOf = (name: string, rawData: Uint8Array) => ({ name, dims: [BigInt(rawData.length / 4)], dataType: Data.FLOAT, rawData }) // prettier-ignore

const onnx = written({
  node: [{ ...node('Constant', [], 'c'), attribute: [{ name: 'value', t: tensorOf('c', largeBytes.slice(0, 40_000)) }] }, node('Mul', ['x', 'a'])], // prettier-ignore
  initializer: [tensorOf('a', largeBytes), tensorOf('small', largeBytes.slice(4, 12))],
})

const u8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const magic = [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]

/** A file of PyTorch before 1.6 of one tensor, with so long a key beside it. */
const legacy = (filler: number): Uint8Array => {
  const storage = { outside: { tuple: ['storage', { global: ['torch', 'FloatStorage'] as const }, '0', 'cpu', count] } }
  const hooks = { call: { global: ['collections', 'OrderedDict'] as const }, args: [] }
  const args = [storage, 0, { tuple: [count] }, { tuple: [1] }, false, hooks]
  const items = [
    ['w', { call: { global: ['torch._utils', '_rebuild_tensor_v2'] as const }, args }] as const,
    ['k'.repeat(filler), 1] as const,
  ]
  const value = encodePickle({ call: { global: ['collections', 'OrderedDict'] as const }, args: [], items })
  const size = new Uint8Array(8)
  new DataView(size.buffer).setBigInt64(0, BigInt(count), true)
  const keys = concatBytes([Uint8Array.of(0x80, 2, 0x5d, 0x58, 1, 0, 0, 0), u8('0a.')])
  const before = [Uint8Array.from(magic), Uint8Array.of(0x80, 2, 0x4d, 0xe9, 3, 0x2e), Uint8Array.of(0x80, 2, 0x7d, 0x2e)] // prettier-ignore
  return concatBytes([...before, value, keys, size, largeBytes])
}

const archive = zipSync(unzipSync(bytesOf('k3-efficient.keras')), { level: 0 })

describe('a file that is read as it is asked for', () => {
  it.each([
    ['ONNX', onnx, 2 ** 13],
    ['PyTorch before 1.6', legacy(1), 2 ** 20],
    ['PyTorch before 1.6 with long pickles', legacy(2 ** 20), 2 ** 23],
    ['HDF5', bytesOf('k3-nested.weights.h5'), 2 ** 13],
    ['a Keras archive whose members are stored', archive, 2 ** 20],
    ['a Keras archive whose members are deflated', bytesOf('k3-efficient.keras'), 2 ** 20],
  ])('%s lists the same tensors without asking for long ranges, and reads the same numbers', (_what, bytes, most) => {
    const source = watched(bytes)
    const file = listed(source)
    expect(source.longest).toBeLessThanOrEqual(most)
    expect(valuesOf(file)).toEqual(valuesOf(listed(bytes)))
  })

  it('has the numbers of large tensors of ONNX, in initialisers and constants', () => {
    expect(Object.fromEntries(valuesOf(listed(watched(onnx))) as [string, unknown][])).toEqual({
      a: [...large],
      c: [...large.slice(0, 10_000)],
      small: [-6.5, -5.5],
    })
  })
})

describe('a tensor of ONNX', () => {
  it('with numbers of its own is read from them, whatever else it says', () => {
    const elsewhere = [{ key: 'location', value: 'other.bin' }, { key: 'offset', value: '4' }] // prettier-ignore
    const of = (rawData: Uint8Array): Uint8Array =>
      written({
        node: [node('Mul', ['x', 'a'])],
        initializer: [{ ...tensorOf('a', rawData), dataLocation: TensorProto_DataLocation.EXTERNAL, externalData: elsewhere }],
      }) // prettier-ignore
    expect(valuesOf(listed(of(largeBytes)))).toEqual([['a', [...large]]])
    expect(valuesOf(listed(of(largeBytes.slice(0, 8))))).toEqual([['a', [-7.5, -6.5]]])
  })

  it('that claims to be in the file itself, beyond its end, is refused', () => {
    const elsewhere = [{ key: 'location', value: '\0' }, { key: 'offset', value: '99999' }] // prettier-ignore
    const bytes = written({
      node: [node('Mul', ['x', 'a'])],
      initializer: [{ ...tensorOf('a', largeBytes), rawData: new Uint8Array(0), dataLocation: TensorProto_DataLocation.EXTERNAL, externalData: elsewhere }],
    }) // prettier-ignore
    const found = listTensors({ name: 'x', bytes })
    expect(E.isLeft(found) && found.left.message).toContain('expected 80000 bytes from 99999 on')
  })
})

describe('a stored member of a Keras archive', () => {
  it('is refused where its checksum does not hold', () => {
    const at = Buffer.from(archive).indexOf(Buffer.from([0x89, 0x48, 0x44, 0x46]))
    const changed = archive.slice()
    changed[at + 3000] = (changed[at + 3000] ?? 0) ^ 1
    const found = listTensors({ name: 'x', bytes: changed })
    expect(E.isLeft(found) && found.left.message).toContain('the checksum of the archive')
  })
})

describe('bytes in memory as a source', () => {
  it('are views, and a source stays as it is', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const source = sourceOf(bytes)
    expect(source.range(1, 3).buffer).toBe(bytes.buffer)
    expect(sourceOf(source)).toBe(source)
  })
})
