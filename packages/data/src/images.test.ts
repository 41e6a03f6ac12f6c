import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'

import { encode as encodePng } from 'fast-png'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Dataset } from './dataset.ts'
import { imageSize } from './decode-image.ts'
import { readImages, type ImageOptions } from './images.ts'
import { decodePng } from './png.ts'
import { rasterOf, white, type Size } from './raster.ts'
import { resample } from './resample.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-images-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(12 + data.length)
  bytes.set(new TextEncoder().encode(type), 4)
  bytes.set(data, 8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}

interface Png {
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly colour: number
  /** Each line begins with its filter, 0. */
  readonly lines: readonly number[]
  readonly interlace?: number
  readonly extra?: readonly Uint8Array[]
}

const png = ({ width, height, depth, colour, lines, interlace = 0, extra = [] }: Png): Uint8Array => {
  const header = new Uint8Array(13)
  new DataView(header.buffer).setUint32(0, width)
  new DataView(header.buffer).setUint32(4, height)
  header.set([depth, colour, 0, 0, interlace], 8)
  const body = chunk('IDAT', deflateSync(Uint8Array.from(lines)))
  const chunks = [chunk('IHDR', header), ...extra, body, chunk('IEND', new Uint8Array(0))]
  return Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, ...chunks.flatMap((part) => [...part])])
}

const grey = (width: number, height: number, value: number): Uint8Array =>
  png({
    width,
    height,
    depth: 8,
    colour: 0,
    lines: Array.from({ length: height }, () => [0, ...Array.from({ length: width }, () => value)]).flat(),
  })

const save = async (name: string, bytes: Uint8Array | string): Promise<void> => {
  await mkdir(dirname(join(folder, name)), { recursive: true })
  await writeFile(join(folder, name), bytes)
}

const read = async (options?: ImageOptions): Promise<Dataset> => {
  const images = await readImages(folder, options)()
  if (E.isLeft(images)) throw images.left
  return images.right
}

const problem = async (options?: ImageOptions): Promise<string> => {
  const images = await readImages(folder, options)()
  return E.isLeft(images) ? images.left.message : 'read'
}

describe('readImages', () => {
  it('reads a class from each folder, all in the order of their names', async () => {
    await save('oak/b.png', grey(2, 1, 20))
    await save('oak/a.png', grey(2, 1, 10))
    await save('elm/z.png', grey(2, 1, 30))
    await save('elm/.hidden', 'x')
    await save('elm/Thumbs.db', 'x')
    await save('.git/x', 'x')
    expect(await read({ channels: 1 })).toEqual({
      shape: [1, 2, 1],
      features: Uint8Array.from([30, 30, 10, 10, 20, 20]),
      labels: Int32Array.from([0, 1, 1]),
      classes: ['elm', 'oak'],
    })
    expect((await read()).shape).toEqual([1, 2, 3])
  })

  it('says which sizes there are where they differ, and resizes on request', async () => {
    await save('a/1.png', grey(4, 4, 9))
    await save('a/2.png', grey(4, 4, 9))
    await save('a/3.png', grey(2, 6, 7))
    expect(await problem()).toContain(
      'the images have 2 sizes (4 × 4: 2, 6 × 2: 1); give the option `size`, for example 32x32, to resize them',
    )
    expect(await read({ size: [3, 5], channels: 1 })).toMatchObject({
      shape: [3, 5, 1],
      features: Uint8Array.from([...Array<number>(30).fill(9), ...Array<number>(15).fill(7)]),
    })
  })

  it('names everything that does not belong', async () => {
    await save('loose.png', grey(1, 1, 0))
    await save('a/deep/x.png', grey(1, 1, 0))
    await save('a/x.png', grey(1, 1, 0))
    await mkdir(join(folder, 'empty'))
    await symlink('/etc/hostname', join(folder, 'a', 'leak.png'))
    await symlink('/etc', join(folder, 'leak'))
    expect(await problem()).toBe(`cannot read the images of ${folder}: it has problems:
  "leak" is a link that leaves the folder, expected a folder
  "loose.png" is a file, expected a folder
  "a/deep" is a folder, expected a file
  "a/leak.png" is a link that leaves the folder, expected a file
  "empty" has no images`)
  })

  it('follows a link that stays inside', async () => {
    await save('a/x.png', grey(1, 1, 5))
    await mkdir(join(folder, 'b'))
    await symlink(join('..', 'a', 'x.png'), join(folder, 'b', 'y.png'))
    expect((await read({ channels: 1 })).features).toEqual(Uint8Array.from([5, 5]))
  })

  it('names each file that is no image', async () => {
    await save('a/notes.txt', 'not an image')
    await save('a/x.png', grey(1, 1, 0))
    await save('b/empty.jpg', '')
    const message = await problem()
    expect(message).toContain(`"${join(folder, 'a', 'notes.txt')}": it is neither a PNG nor a JPEG, WebP or GIF`)
    expect(message).toContain(`"${join(folder, 'b', 'empty.jpg')}": it is neither a PNG nor a JPEG, WebP or GIF`)
  })

  it('names a folder that is missing, a file in its place, and a link to nowhere', async () => {
    const missing = await readImages(join(folder, 'none'))()
    expect(missing).toMatchObject({ left: { message: expect.stringMatching(/"[^"]*none" does not exist/) as string } })
    await save('file', 'x')
    expect(await readImages(join(folder, 'file'))()).toMatchObject({
      left: { message: expect.stringContaining('is a file, expected a folder') as string },
    })
    await symlink('nowhere', join(folder, 'lost'))
    expect(await problem()).toContain('"lost" is a link to nowhere, expected a folder')
  })

  it('refuses an empty folder', async () => {
    expect(await problem()).toContain('expected one folder per class, got none')
  })

  it('refuses a set that would not fit into memory', async () => {
    await save('a/x.png', grey(1, 1, 0))
    expect(await problem({ size: [100_000, 100_000] })).toContain('1 images of 100000 × 100000 take more than 2 GiB')
  })

  it('names an image that is damaged', async () => {
    const damaged = grey(3, 3, 1)
    damaged[45] = (damaged[45] ?? 0) ^ 0xff
    await save('a/x.png', damaged)
    expect(await problem()).toContain(`"${join(folder, 'a', 'x.png')}": its part IDAT is damaged: the checksum differs`)
  })
})

describe('an image that claims too much', () => {
  it('is refused by its header, before it is decoded', () => {
    const bomb = png({ width: 60_000, height: 60_000, depth: 8, colour: 2, lines: [0] })
    expect(() => imageSize(bomb)).toThrow(
      'expected 1 to 12000 pixels on each side, its header claims 60000 × 60000; make it smaller',
    )
  })

  it('is refused where its pixels unpack to more than its header says', async () => {
    const bomb = png({ width: 2, height: 2, depth: 8, colour: 0, lines: Array<number>(100_000).fill(0) })
    await expect(decodePng(bomb)).rejects.toThrow('its pixels unpack to more than the 6 bytes that its header claims')
  })

  it('is refused where it has fewer pixels than its header says', async () => {
    const short = png({ width: 9, height: 9, depth: 8, colour: 0, lines: [0, 1, 2] })
    await expect(decodePng(short)).rejects.toThrow('it has fewer pixels than its header claims')
  })

  it('hides nothing in chunks that are not needed', async () => {
    const profile = Uint8Array.from([0x78, 0, 0, ...deflateSync(new Uint8Array(1 << 20)).subarray(0, 40)])
    const odd = png({ width: 1, height: 1, depth: 8, colour: 0, lines: [0, 7], extra: [chunk('iCCP', profile)] })
    expect((await decodePng(odd)).rgba).toEqual(Uint8Array.from([7, 7, 7, 255]))
  })
})

describe('decodePng', () => {
  it.each([
    [
      '1 bit of grey',
      { width: 3, height: 2, depth: 1, colour: 0, lines: [0, 0b10100000, 0, 0b01000000] },
      [255, 0, 255, 0, 255, 0],
    ],
    ['2 bits of grey', { width: 3, height: 1, depth: 2, colour: 0, lines: [0, 0b00011100] }, [0, 85, 255]],
    ['4 bits of grey', { width: 3, height: 1, depth: 4, colour: 0, lines: [0, 0x0f, 0x80] }, [0, 255, 136]],
    ['16 bits of grey', { width: 2, height: 1, depth: 16, colour: 0, lines: [0, 0x80, 0x80, 0xff, 0xff] }, [128, 255]],
  ])('reads %s', async (_, image, values) => {
    const { rgba } = await decodePng(png(image))
    expect([...rgba]).toEqual(values.flatMap((value) => [value, value, value, 255]))
  })

  it('reads colour with opacity', async () => {
    const image = png({ width: 1, height: 1, depth: 8, colour: 6, lines: [0, 1, 2, 3, 4] })
    expect([...(await decodePng(image)).rgba]).toEqual([1, 2, 3, 4])
  })

  it('reads grey with opacity', async () => {
    const image = png({ width: 1, height: 1, depth: 8, colour: 4, lines: [0, 9, 128] })
    expect([...(await decodePng(image)).rgba]).toEqual([9, 9, 9, 128])
  })

  it('reads a palette of 2 bits, with opacity for some of its colours', async () => {
    const palette = chunk('PLTE', Uint8Array.from([1, 2, 3, 40, 50, 60, 7, 8, 9]))
    const image = { width: 3, height: 1, depth: 2, colour: 3, lines: [0, 0b00011000] }
    expect([...(await decodePng(png({ ...image, extra: [palette] }))).rgba]).toEqual([
      1, 2, 3, 255, 40, 50, 60, 255, 7, 8, 9, 255,
    ])
    const opacity = chunk('tRNS', Uint8Array.from([100]))
    expect([...(await decodePng(png({ ...image, extra: [palette, opacity] }))).rgba]).toEqual([
      1, 2, 3, 100, 40, 50, 60, 255, 7, 8, 9, 255,
    ])
  })

  it('reads a colour that stands for clear', async () => {
    const clear = chunk('tRNS', Uint8Array.from([0, 5]))
    const image = png({ width: 2, height: 1, depth: 8, colour: 0, lines: [0, 5, 6], extra: [clear] })
    expect([...(await decodePng(image)).rgba]).toEqual([5, 5, 5, 0, 6, 6, 6, 255])
  })

  it('reads what was encoded, interlaced or not', async () => {
    const sides = fc.integer({ min: 1, max: 20 })
    const kinds = fc.constantFrom('null' as const, 'Adam7' as const)
    await fc.assert(
      fc.asyncProperty(sides, sides, kinds, fc.nat(), async (width, height, interlace, seed) => {
        const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37 + seed) % 256)
        const { rgba } = await decodePng(encodePng({ width, height, data, channels: 3 }, { interlace }))
        expect(rgba.filter((_, i) => i % 4 < 3)).toEqual(data)
      }),
      { seed: 1, numRuns: 50 },
    )
  })
})

describe('opacity', () => {
  it('is laid on white', async () => {
    await save('a/x.png', png({ width: 1, height: 1, depth: 8, colour: 6, lines: [0, 200, 0, 100, 51] }))
    // 200 · 0.2 + 255 · 0.8, and so on
    expect((await read()).features).toEqual(Uint8Array.from([244, 204, 224]))
    expect((await read({ channels: 1 })).features).toEqual(Uint8Array.from([218]))
  })
})

/** Grey pixels of an image, resized whole. */
const resized = (pixels: readonly number[], from: Size, to: Size): Float32Array => {
  const rgba = Uint8Array.from(pixels.flatMap((value) => [value, value, value, 255]))
  return resample(rasterOf(from[0], from[1], rgba), to, { top: 0, left: 0, size: to }, white, 1)
}

describe('resample', () => {
  it('leaves an image of the wanted size as it is', () => {
    const pixels = Array.from({ length: 12 }, (_, i) => i)
    expect(resized(pixels, [4, 3], [4, 3])).toBeAllClose(pixels)
  })

  it('interpolates between the centres of pixels when growing', () => {
    expect(resized([0, 8], [1, 2], [1, 4])).toBeAllClose([0, 2, 6, 8])
    expect(resized([0, 8], [2, 1], [4, 1])).toBeAllClose([0, 2, 6, 8])
  })

  it('weighs all pixels when shrinking', () => {
    // The triangle over four pixels at centre 1 of halving: weights 1/8, 3/8, 3/8, 1/8, cut and scaled at the edge.
    expect(resized([7, 0, 0, 14], [1, 4], [1, 2])).toBeAllClose([3, 6])
  })

  it('computes a part as it is in the whole', () => {
    const pixels = Array.from({ length: 63 }, (_, i) => (i * 37) % 256)
    const raster = rasterOf(7, 9, Uint8Array.from(pixels.flatMap((value) => [value, value, value, 255])))
    const whole = resized(pixels, [7, 9], [5, 12])
    const part = resample(raster, [5, 12], { top: 1, left: 3, size: [2, 4] }, white, 1)
    expect(part).toEqual(Float32Array.from([...whole.subarray(15, 19), ...whole.subarray(27, 31)]))
  })

  it('keeps an even image even', () => {
    const side = fc.integer({ min: 1, max: 40 })
    fc.assert(
      fc.property(side, side, (before, after) => {
        const even = Array<number>(before * before).fill(100)
        expect(resized(even, [before, before], [after, after])).toBeAllClose(new Float32Array(after * after).fill(100))
      }),
      { seed: 1 },
    )
  })
})
