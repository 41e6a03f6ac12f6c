import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Tree } from '@ptu/core'
import { memory, ones, scalar, tensor, tensor1d, zeros, type Tensor } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { disposeParams, type ParamTree } from './params.ts'
import { loadParams, saveParams } from './save.ts'
import { decodeMetadata, decodeParams, encodeParams, type SavedParams } from './safetensors.ts'
import { CorruptFileError } from './safetensors-header.ts'

const decoded = async (bytes: Uint8Array): Promise<SavedParams> => {
  const outcome = await decodeParams(bytes)()
  if (E.isLeft(outcome)) throw outcome.left
  return outcome.right
}

/** Decodes what must be refused; nothing of it may stay in memory. */
const refused = async (bytes: Uint8Array): Promise<string> => {
  const before = memory().numTensors
  const outcome = await decodeParams(bytes)()
  if (E.isRight(outcome)) throw new Error('expected a Left')
  expect(outcome.left).toBeInstanceOf(CorruptFileError)
  expect(memory().numTensors).toBe(before)
  return outcome.left.message
}

/** The comparable form of a tree of tensors: bits, so that NaN and -0 count. */
const bitsOf = (params: ParamTree): unknown =>
  Tree.map(
    params,
    (leaf) =>
      ({
        shape: leaf.shape,
        dtype: leaf.dtype,
        bits: [...new Uint32Array(leaf.dataSync().slice().buffer)].join(),
      }).valueOf() as unknown as string,
  )

interface Leaf {
  readonly kind: 'leaf'
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32'
}

const leaf = fc.record({
  kind: fc.constant('leaf' as const),
  shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
  dtype: fc.constantFrom('float32' as const, 'int32' as const),
})

type Recipe = Leaf | readonly Recipe[] | { readonly fields: readonly (readonly [string, Recipe])[] }

const { recipe } = fc.letrec<{ recipe: Recipe }>((tie) => ({
  recipe: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('recipe'), { maxLength: 4 }),
    fc.record({
      fields: fc.uniqueArray(
        fc.tuple(
          fc.oneof(
            fc.string({ maxLength: 5 }),
            fc.constantFrom('a', 'a.b', '0', '1', '__metadata__', '__proto__', 'constructor', 'length', '(root)', 'é'),
          ),
          tie('recipe'),
        ),
        { maxLength: 4, selector: ([name]) => name },
      ),
    }),
  ),
}))

const build = (from: Recipe): ParamTree => {
  if (Array.isArray(from)) return (from as readonly Recipe[]).map(build)
  if ('fields' in from) return Object.fromEntries(from.fields.map(([name, child]) => [name, build(child)]))
  const { shape, dtype } = from as Leaf
  const size = shape.reduce((product, n) => product * n, 1)
  const special = [NaN, -0, Infinity, 1e-40]
  const values = Array.from({ length: size }, (_, i) => (dtype === 'int32' ? i - 2 : (special[i % 7] ?? i / 3)))
  return tensor(dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values), [...shape], dtype)
}

const small = async (): Promise<Uint8Array> => {
  const params = { kernel: ones([1, 2]), bias: [scalar(3)] }
  const bytes = await encodeParams(params, { model: 'lenet' })
  disposeParams(params)
  return bytes
}

/** A file with a right checksum and whatever header and data a hostile writer likes. */
const forged = (header: object, data: Uint8Array = new Uint8Array(0)): Uint8Array => {
  const blank = '0'.repeat(64)
  const fields = header as { readonly __metadata__?: object }
  const text = JSON.stringify({ ...fields, __metadata__: { ...fields.__metadata__, sha256: blank } })
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)))
  const bytes = Buffer.concat([length, Buffer.from(text), data])
  const sum = createHash('sha256').update(bytes).digest('hex')
  bytes.write(sum, bytes.indexOf(blank))
  return bytes
}

describe('encodeParams and decodeParams', () => {
  it('give back any tree, bit for bit, with its text', async () => {
    await fc.assert(
      fc.asyncProperty(recipe, fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), async (from, given) => {
        const metadata = Object.fromEntries(
          Object.entries(given).filter(([name]) => !['structure', 'sha256'].includes(name)),
        )
        const params = build(from)
        const saved = await decoded(await encodeParams(params, metadata))
        expect(bitsOf(saved.params)).toEqual(bitsOf(params))
        expect(saved.metadata).toEqual(metadata)
        disposeParams([params, saved.params])
      }),
      { numRuns: 300 },
    )
  })

  it('keep apart leaves whose paths read alike', async () => {
    const params = { 'a.b': tensor1d([1]), a: { b: tensor1d([2]) }, __metadata__: tensor1d([3]) }
    const { params: back } = await decoded(await encodeParams(params))
    expect(bitsOf(back)).toEqual(bitsOf(params))
    disposeParams([params, back])
  })

  it('keep names that records inherit, of leaves and of texts', async () => {
    const names = ['constructor', '__proto__', 'toString', 'length', 'hasOwnProperty']
    const params: ParamTree = Object.fromEntries(names.map((name, i) => [name, tensor1d([i])]))
    const metadata: Readonly<Record<string, string>> = Object.fromEntries(names.map((name) => [name, `a ${name}`]))
    const back = await decoded(await encodeParams(params, metadata))
    expect(Object.entries(back.metadata)).toEqual(Object.entries(metadata))
    expect(Tree.entries(back.params).map(([path, leaf]) => [path, leaf.dataSync()[0]])).toEqual(
      names.map((name, i) => [[name], i]),
    )
    disposeParams([params, back.params])
  })

  it('give equal bytes for equal parameters', async () => {
    expect(await small()).toEqual(await small())
  })

  it('read a Buffer that lies inside a larger one', async () => {
    const bytes = await small()
    const inside = Buffer.concat([Buffer.alloc(5), bytes]).subarray(5)
    const before = Buffer.from(inside)
    const { params } = await decoded(inside)
    expect((params as { readonly kernel: Tensor }).kernel).toBeAllClose([1, 1])
    expect(inside.equals(before)).toBe(true)
    disposeParams(params)
  })

  it('refuse a dtype that the format of ours does not hold', async () => {
    const flags = tensor([true], [1], 'bool')
    await expect(encodeParams({ flags })).rejects.toThrow('expected float32 or int32 at flags, got bool')
    flags.dispose()
  })

  // `fixtures/check.py` reads the file with the reference implementation and compares the numbers.
  it('write the file that the reference implementation in Python reads', async () => {
    const params = {
      kernel: tensor([1.5, -2, 3, 4, 5, 6], [2, 3]),
      step: tensor([7], [], 'int32'),
      none: zeros([0, 3]),
    }
    const fixture = await readFile(new URL('../fixtures/params.safetensors', import.meta.url))
    expect(Buffer.from(await encodeParams(params, { model: 'lenet' })).equals(fixture)).toBe(true)
    disposeParams(params)
  })
})

describe('a damaged file', () => {
  it('is caught at every single flipped bit', async () => {
    const bytes = await small()
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      await refused(flipped)
    }
  })

  it('is caught at every length it is cut to, and when bytes are added', async () => {
    const bytes = await small()
    for (let length = 0; length < bytes.length; length++) await refused(bytes.subarray(0, length))
    await refused(Buffer.concat([bytes, Buffer.of(0)]))
  })

  it('is caught or read whole, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(await refused(bytes)).not.toBe('')
      }),
    )
  })
})

describe('a hostile header', () => {
  const entry = (shape: readonly unknown[], offsets: readonly unknown[], dtype = 'F32'): object => ({
    dtype,
    shape,
    data_offsets: offsets,
  })
  const naming = (name: string): object => ({ structure: JSON.stringify(name) })

  it.each([
    ['claims more data than there is', { x: entry([250_000_000], [0, 1e9]), __metadata__: naming('x') }],
    ['claims a shape that its offsets deny', { x: entry([2 ** 40], [0, 8]), __metadata__: naming('x') }],
    ['has a size that overflows', { x: entry([2 ** 52, 2 ** 52], [0, 8]), __metadata__: naming('x') }],
    ['has a negative size', { x: entry([-1, -2], [0, 8]), __metadata__: naming('x') }],
    ['has a fractional size', { x: entry([0.5, 4], [0, 8]), __metadata__: naming('x') }],
    ['has too many axes', { x: entry([2, 1, 1, 1, 1, 1, 1, 1, 1], [0, 8]), __metadata__: naming('x') }],
    ['lets tensors overlap', { x: entry([2], [0, 8]), y: entry([1], [4, 8]), __metadata__: naming('x') }],
    ['leaves a gap', { x: entry([1], [4, 8]), __metadata__: naming('x') }],
    ['leaves bytes over', { x: entry([1], [0, 4]), __metadata__: naming('x') }],
    [
      'gives out one tensor twice and another never',
      { x: entry([1], [0, 4]), y: entry([1], [4, 8]), __metadata__: { structure: '["x","x"]' } },
    ],
    ['names what every record inherits', { x: entry([2], [0, 8]), __metadata__: { structure: '"constructor"' } }],
    ['has another dtype', { x: entry([2], [0, 8], 'F64'), __metadata__: naming('x') }],
    ['has three offsets', { x: entry([2], [0, 8, 8]), __metadata__: naming('x') }],
    ['has an entry that is no record', { x: null, __metadata__: naming('x') }],
    ['has metadata that is no text', { x: entry([2], [0, 8]), __metadata__: { structure: 1 } }],
    ['has no structure', { x: entry([2], [0, 8]) }],
    ['names a tensor that is not there', { x: entry([2], [0, 8]), __metadata__: naming('y') }],
    ['names one tensor twice', { x: entry([2], [0, 8]), __metadata__: { structure: '["x","x"]' } }],
    ['names nothing', { x: entry([2], [0, 8]), __metadata__: { structure: '[]' } }],
    ['names what is no name', { x: entry([2], [0, 8]), __metadata__: { structure: '{"constructor":7}' } }],
    ['nests without end', { x: entry([2], [0, 8]), __metadata__: { structure: '['.repeat(200_000) } }],
    ['has a structure that is not JSON', { x: entry([2], [0, 8]), __metadata__: { structure: 'x' } }],
  ])('that %s is refused', async (_what, header) => {
    expect(await refused(forged(header, new Uint8Array(8)))).not.toMatch(/checksum/)
  })

  it('that claims to be longer than the file is refused before it is parsed', async () => {
    const bytes = new Uint8Array(16)
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 63n, true)
    expect(await refused(bytes)).toMatch(/its header claims/)
    new DataView(bytes.buffer).setBigUint64(0, 9n, true)
    expect(await refused(bytes)).toMatch(/its header claims 9 bytes, the file has 8 after the first 8/)
  })

  it('is read when it is honest, whatever the order of its entries', async () => {
    const header = { y: entry([1], [4, 8]), x: entry([1], [0, 4]), __metadata__: { structure: '{"a":["y","x"]}' } }
    const data = new Uint8Array(Float32Array.of(1, 2).buffer)
    const { params } = await decoded(forged(header, data))
    const [y, x] = (params as { readonly a: readonly [Tensor, Tensor] }).a
    expect([y.dataSync()[0], x.dataSync()[0]]).toEqual([2, 1])
    disposeParams(params)
  })
})

describe('saveParams and loadParams', () => {
  it('go through a file and say which file is bad', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ptu-save-'))
    const path = join(folder, 'deep/model.safetensors')
    const params = { w: tensor1d([1, 2]) }
    expect(await saveParams(path, params, { strategy: 'ptu' })()).toEqual(E.right(undefined))
    const loaded = await loadParams(path)()
    if (E.isLeft(loaded)) throw loaded.left
    expect(bitsOf(loaded.right.params)).toEqual(bitsOf(params))
    expect(loaded.right.metadata).toEqual({ strategy: 'ptu' })
    disposeParams([params, loaded.right.params])

    await writeFile(path, 'not a model at all')
    expect(await loadParams(path)()).toMatchObject({
      left: {
        name: 'CorruptFileError',
        message: expect.stringMatching(`cannot load ${path}: its header claims`) as string,
      },
    })
    expect(await loadParams(path, 3)()).toMatchObject({ left: { name: 'FileError' } })
    await rm(folder, { recursive: true })
  })
})

describe('decodeMetadata', () => {
  it('gives the text of a file without a tensor', async () => {
    const params = ones([3])
    const bytes = await encodeParams(params, { model: 'lenet' })
    params.dispose()
    const before = memory().numTensors
    expect(await decodeMetadata(bytes)()).toEqual(E.right({ model: 'lenet' }))
    expect(memory().numTensors).toBe(before)
  })

  it('refuses a file whose bytes were changed', async () => {
    const params = ones([3])
    const bytes = await encodeParams(params, { model: 'lenet' })
    params.dispose()
    bytes[bytes.length - 1] = 1
    const found = await decodeMetadata(bytes)()
    expect(E.isLeft(found) && found.left.message).toContain('its checksum does not match')
  })
})
