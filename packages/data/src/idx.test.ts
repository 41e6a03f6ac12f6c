import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Dataset } from './dataset.ts'
import { readIdx } from './idx.ts'
import { decodeIdx } from './stored-idx.ts'

/** The bytes of an IDX file; `claimed` are the sizes in its header. */
const idx = (claimed: readonly number[], data: Uint8Array, type = 8): Uint8Array => {
  const bytes = new Uint8Array(4 + 4 * claimed.length + data.length)
  const view = new DataView(bytes.buffer)
  bytes.set([0, 0, type, claimed.length])
  claimed.forEach((size, axis) => {
    view.setUint32(4 + 4 * axis, size)
  })
  bytes.set(data, 4 + 4 * claimed.length)
  return bytes
}

const images = idx(
  [3, 2, 2],
  Uint8Array.from({ length: 12 }, (_, i) => i),
)
const labels = idx([3], Uint8Array.from([2, 0, 1]))

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-idx-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

const save = async (name: string, bytes: Uint8Array): Promise<string> => {
  await writeFile(join(folder, name), bytes)
  return join(folder, name)
}

describe('decodeIdx', () => {
  it('reads what was written', () => {
    const sizes = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(sizes, fc.nat({ max: 255 }), (dims, seed) => {
        const data = Uint8Array.from({ length: dims.reduce((size, n) => size * n, 1) }, (_, i) => i * 31 + seed)
        expect(decodeIdx(idx(dims, data))).toEqual(E.right({ dims, data }))
      }),
    )
  })

  it('never throws, and never holds more than the bytes it was given', () => {
    const start = fc.constantFrom([], [0, 0, 8], [0, 0, 8, 1], [0, 0, 8, 3])
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 40 }), (begin, rest) => {
        const bytes = Uint8Array.from([...begin, ...rest])
        const read = decodeIdx(bytes)
        if (E.isRight(read)) expect(read.right.data.buffer).toBe(bytes.buffer)
        else expect(read.left.name).toBe('DataError')
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['nothing', new Uint8Array(0), 'it is no IDX file: it does not begin with two zeros'],
    ['text', new TextEncoder().encode('hello'), 'it is no IDX file: it does not begin with two zeros'],
    ['floats', idx([1], new Uint8Array(4), 13), 'expected unsigned bytes (type 8), its type is 13'],
    ['half a header', images.subarray(0, 10), 'its header claims 3 axes and the file has 10 bytes'],
    [
      'a truncated file',
      images.subarray(0, 20),
      'its header claims 3 × 2 × 2 = 12 bytes, 4 follow: the file is cut short or its header is wrong',
    ],
    [
      'an oversized header',
      idx([2 ** 32 - 1, 2 ** 32 - 1], new Uint8Array(4)),
      'its header claims 4294967295 × 4294967295 = 18446744065119617000 bytes, 4 follow: the file is cut short or its header is wrong',
    ],
    [
      'trailing bytes',
      idx([2], new Uint8Array(3)),
      'its header claims 2 = 2 bytes, 3 follow: the file goes on after its data',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(decodeIdx(bytes)).toMatchObject({ left: { name: 'DataError', message } })
  })
})

describe('readIdx', () => {
  it('reads images and labels, packed or not', async () => {
    const plain = await readIdx(await save('i', images), await save('l', labels))()
    expect(plain).toEqual(
      E.right({
        shape: [2, 2, 1],
        features: images.subarray(16),
        labels: Int32Array.from([2, 0, 1]),
        classes: ['0', '1', '2'],
      }),
    )
    const packed = await readIdx(await save('i.gz', gzipSync(images)), await save('l.gz', gzipSync(labels)))()
    expect(packed).toMatchObject(plain)
  })

  it.each([
    ['plain', images, labels],
    ['packed', gzipSync(images), gzipSync(labels)],
  ])('keeps some classes of %s files and gives them names', async (_, first, second) => {
    const options = { names: ['ash', 'elm', 'oak'], classes: [2, 1] }
    expect(await readIdx(await save('i', first), await save('l', second), options)()).toEqual(
      E.right({
        shape: [2, 2, 1],
        features: Uint8Array.from([0, 1, 2, 3, 8, 9, 10, 11]),
        labels: Int32Array.from([0, 1]),
        classes: ['oak', 'elm'],
      }),
    )
  })

  it('keeps the right images of files that are longer than what is read at a time', async () => {
    const [count, size] = [26, 300 * 301]
    const pixel = (i: number, j: number): number => (i * 7 + (j % 251)) % 256
    const long = Uint8Array.from({ length: count * size }, (_unused, at) => pixel(Math.floor(at / size), at % size))
    const named = Uint8Array.from({ length: count }, (_unused, i) => (i % 5 === 0 ? 1 : 0))
    const first = await save('long', idx([count, 300, 301], long))
    const second = await save('named', idx([count], named))
    for (const kept of [0, 1]) {
      const read = await readIdx(first, second, { classes: [kept] })()
      const places = [...named.keys()].filter((i) => named[i] === kept)
      const wanted = Buffer.concat(places.map((i) => long.subarray(i * size, (i + 1) * size)))
      const same = ({ features }: Dataset): boolean => features instanceof Uint8Array && wanted.equals(features)
      expect(E.map(same)(read)).toEqual(E.right(true))
    }
  })

  it.each([
    ['two files in the wrong order', labels, images, {}, /give the images first, then the labels$/],
    ['two files of labels', labels, labels, {}, /expected images of at least two axes, got a list of 3/],
    ['two files of images', images, images, {}, /expected labels of one axis, got 3 × 2 × 2/],
    ['counts that differ', images, idx([2], new Uint8Array(2)), {}, /there are 3 images and 2 labels/],
    ['empty files', idx([0, 2, 2], new Uint8Array(0)), idx([0], new Uint8Array(0)), {}, /nothing in it: 0 × 2 × 2/],
    ['a label without a name', images, labels, { names: ['a', 'b'] }, /label 0 is 2, expected at most 1/],
    ['a class that is not there', images, labels, { classes: [7] }, /expected classes from 0 to 2, got 7/],
    ['cut gzip data', gzipSync(images).subarray(0, 25), labels, {}, /its gzip data cannot be unpacked: unexpected end/],
  ])('refuses %s', async (_, first, second, options, message) => {
    const read = await readIdx(await save('a', first), await save('b', second), options)()
    expect(read).toMatchObject({ left: { name: 'DataError', message: expect.stringMatching(message) as string } })
  })

  it('names the file that is missing', async () => {
    expect(await readIdx(join(folder, 'none'), join(folder, 'l'))()).toMatchObject({
      left: { message: `cannot read ${join(folder, 'none')}: it does not exist; check the path` },
    })
  })
})
