import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { openCodecs } from './image-codecs.ts'
import { sharpCodec, type SharpFactory, type SharpImage } from './sharp-codec.ts'

/** Stands in for sharp: notes what it is asked for and gives two pixels, or fails. */
const recorder = (calls: unknown[], fails?: Error): SharpFactory => {
  const image: SharpImage = {
    toColourspace: (space) => {
      calls.push(space)
      return image
    },
    ensureAlpha: () => {
      calls.push('opacity')
      return image
    },
    raw: () => {
      calls.push('raw')
      return image
    },
    toBuffer: () =>
      fails === undefined
        ? Promise.resolve({ data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), info: { height: 1, width: 2 } })
        : Promise.reject(fails),
  }
  return (_, options) => {
    calls.push(options)
    return image
  }
}

describe('sharpCodec', () => {
  it('asks for four bytes a pixel, no profile, no turn, and no more pixels than the header claims', async () => {
    const calls: unknown[] = []
    const pixels = await sharpCodec(recorder(calls))(Uint8Array.of(9), 2)
    expect(pixels).toEqual({ height: 1, width: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) })
    expect(calls).toEqual([{ failOn: 'truncated', ignoreIcc: true, limitInputPixels: 2 }, 'srgb', 'opacity', 'raw'])
  })

  it('says what sharp says where it fails', async () => {
    const failing = sharpCodec(recorder([], new Error('VipsJpeg: premature end')))
    await expect(failing(Uint8Array.of(9), 2)).rejects.toMatchObject({
      name: 'DataError',
      message: 'VipsJpeg: premature end',
    })
  })
})

interface Fixtures {
  readonly decode: Readonly<Record<string, { readonly file: string; readonly height: number; readonly width: number }>>
}

const fixtures = JSON.parse(
  readFileSync(new URL('../fixtures/images.json', import.meta.url), 'utf8'),
) as unknown as Fixtures

describe('openCodecs', () => {
  it.each([
    ['jpeg 4:2:0', 'jpeg'],
    ['jpeg grey', 'jpeg'],
    ['webp lossy', 'webp'],
    ['webp lossless opacity', 'webp'],
  ] as const)('decodes a %s alike with sharp, where it is installed, and without', async (name, kind) => {
    const { file, height, width } = fixtures.decode[name] as Fixtures['decode'][string]
    const bytes = Uint8Array.from(Buffer.from(file, 'base64'))
    const [portable, fastest] = await Promise.all(
      [true, false].map(async (only) => (await openCodecs(only))[kind](bytes, height * width)),
    )
    expect([fastest?.height, fastest?.width]).toEqual([height, width])
    const differences = Array.from(fastest?.data ?? [], (value, i) => Math.abs(value - (portable?.data[i] ?? NaN)))
    expect(differences.reduce((sum, difference) => sum + difference, 0) / differences.length).toBeLessThanOrEqual(1)
  })

  it('keeps decoding after a file that broke a decoder, and gives each of two callers its own image', async () => {
    const { jpeg } = await openCodecs(true)
    const [first = new Uint8Array(0), second = new Uint8Array(0)] = ['jpeg grey', 'jpeg orientation 1'].map((name) =>
      Uint8Array.from(Buffer.from(fixtures.decode[name]?.file ?? '', 'base64')),
    )
    await expect(jpeg(first.subarray(0, 30), 1)).rejects.toMatchObject({ name: 'DataError' })
    const [one, broken, two] = await Promise.allSettled([
      jpeg(first, 1),
      jpeg(second.subarray(0, 400), 1),
      jpeg(second, 1),
    ])
    expect(one).toMatchObject({ value: { height: 21, width: 27 } })
    expect(broken.status).toBe('rejected')
    expect(two).toMatchObject({ value: { height: 10, width: 15 } })
  })

  it('takes a new instance behind an image of many pixels', async () => {
    const { webp } = await openCodecs(true)
    const { file = '' } = fixtures.decode['webp lossless'] ?? {}
    const bytes = Uint8Array.from(Buffer.from(file, 'base64'))
    const images = [await webp(bytes, 5_000_000), await webp(bytes, 5_000_000)]
    expect(images[0]?.data).toEqual(images[1]?.data)
  })
})
