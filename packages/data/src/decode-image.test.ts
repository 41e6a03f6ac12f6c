import { readFileSync } from 'node:fs'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeImage, imageSize } from './decode-image.ts'
import { DataError } from './errors.ts'
import { imagePixels, type ImageRule } from './image-rule.ts'

interface Fixtures {
  readonly decode: Readonly<
    Record<string, { readonly file: string; readonly height: number; readonly width: number; readonly rgb: string }>
  >
  readonly resize: {
    readonly file: string
    readonly cases: Readonly<Record<string, { readonly rule: ImageRule; readonly pixels: string }>>
  }
}

const fixtures = JSON.parse(
  readFileSync(new URL('../fixtures/images.json', import.meta.url), 'utf8'),
) as unknown as Fixtures

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'))

const meanDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? NaN)), 0) / a.length

const fileOf = (name: string): Uint8Array => bytesOf(fixtures.decode[name]?.file ?? '')

/** The largest mean distance of a kind from Pillow: 0, except for the four inks of print. */
const tolerance = (name: string): number => (/cmyk|ycck/.test(name) ? 0.4 : 0)

describe('decodeImage', () => {
  it.each(Object.keys(fixtures.decode))('shows what Pillow shows of a %s', async (name) => {
    const { file, height, width, rgb } = fixtures.decode[name] as (typeof fixtures.decode)[string]
    const image = await decodeImage(bytesOf(file), { portable: true })
    expect([image.height, image.width, image.rgb.length]).toEqual([height, width, 3 * height * width])
    expect(meanDifference(image.rgb, bytesOf(rgb))).toBeLessThanOrEqual(tolerance(name))
  })
})

describe('what decodeImage refuses', () => {
  const edited = (name: string, edit: (bytes: Uint8Array) => void): Uint8Array => {
    const bytes = fileOf(name)
    edit(bytes)
    return bytes
  }
  const at = (bytes: Uint8Array, ...marks: readonly number[]): number =>
    bytes.findIndex((_, i) => marks.every((mark, j) => bytes[i + j] === mark))

  it.each([
    ['another kind', () => Uint8Array.of(0x42, 0x4d, 1, 2), 'it is neither a PNG nor a JPEG, WebP or GIF'],
    ['nothing', () => new Uint8Array(0), 'it is neither a PNG nor a JPEG, WebP or GIF'],
    ['half of a JPEG', () => fileOf('jpeg 4:2:0').subarray(0, 800), 'it is cut short: it has fewer pixels than'],
    [
      'a JPEG whose pixels end early',
      () => Uint8Array.from([...fileOf('jpeg 4:2:0').subarray(0, 750), 0xff, 0xd9]),
      'premature end of data segment',
    ],
    [
      'a JPEG that cannot hold its pixels',
      () =>
        edited('jpeg grey', (b) => {
          b.set([0x20, 0, 0x20, 0], at(b, 0xff, 0xc0) + 5)
        }),
      'it is cut short: it has fewer pixels than its header claims',
    ],
    [
      'a JPEG of two sizes',
      () => {
        const bytes = fileOf('jpeg grey')
        const frame = at(bytes, 0xff, 0xc0)
        return Uint8Array.from(
          [...bytes.subarray(0, frame), ...bytes.subarray(frame)].toSpliced(frame, 0, ...frameOf(9)),
        )
      },
      'two SOF markers',
    ],
    [
      'a JPEG of too many scans',
      () => {
        const bytes = fileOf('jpeg progressive')
        return Uint8Array.from([
          ...bytes.subarray(0, -2),
          ...Array.from({ length: 100 }, () => [0xff, 0xda]).flat(),
          0xff,
          0xd9,
        ])
      },
      'expected at most 100 scans, it has 1',
    ],
    [
      'a lossless JPEG',
      () =>
        edited('jpeg grey', (b) => {
          b.set([0xc3], at(b, 0xff, 0xc0) + 1)
        }),
      'it is a JPEG of a rare kind (lossless, arithmetic or 12 bits)',
    ],
    [
      'a JPEG of two components',
      () =>
        edited('jpeg grey', (b) => {
          b.set([2], at(b, 0xff, 0xc0) + 9)
        }),
      'it is a JPEG of 2 components, expected 1, 3 or 4',
    ],
    ['half of a WebP', () => fileOf('webp lossy').subarray(0, 200), 'it is cut short'],
    [
      'an animated WebP',
      () =>
        edited('webp lossy opacity', (b) => {
          b.set([(b[20] ?? 0) | 2], 20)
        }),
      'it is an animated WebP, expected one image; save one of its frames',
    ],
    ['a WebP of damaged pixels', () => edited('webp lossless', (b) => b.fill(0xa5, 30)), 'it is damaged'],
    ['half of a GIF', () => fileOf('gif').subarray(0, 400), 'it is cut short'],
    [
      'a GIF of no colours',
      () =>
        edited('gif', (b) => {
          b.set([0], 10)
        }),
      'it is a GIF without',
    ],
    [
      'a GIF whose frame is larger than its screen',
      () =>
        edited('gif', (b) => {
          b.set([5, 0], 6)
        }),
      'it has two headers: its first frame is larger than its screen',
    ],
    [
      'a GIF of too few pixels',
      () =>
        edited('gif', (b) => {
          b.set([200, 0, 200, 0], 6)
          b.set([200, 0, 200, 0], at(b, 0x2c, 0, 0, 0, 0) + 5)
        }),
      'it has fewer pixels than its header claims',
    ],
  ])('%s', async (_, file, message) => {
    const refused = expect(decodeImage(file(), { portable: true })).rejects
    await refused.toThrow(message)
    await expect(decodeImage(file(), { portable: true })).rejects.toBeInstanceOf(DataError)
  })

  it('images larger than asked for, by their header as it is stored', async () => {
    const file = fileOf('jpeg orientation 6')
    await expect(decodeImage(file, { maxSide: 14 })).rejects.toThrow(
      'expected 1 to 14 pixels on each side, its header claims 10 × 15; make it smaller',
    )
    await expect(decodeImage(file, { maxPixels: 149 })).rejects.toThrow(
      'expected at most 149 pixels, its header claims 10 × 15; make it smaller',
    )
    expect(await decodeImage(file, { maxSide: 15, maxPixels: 150 })).toMatchObject({ height: 15, width: 10 })
  })

  it('backgrounds that are no colour', async () => {
    await expect(decodeImage(fileOf('gif'), { background: [0, 0, 256] })).rejects.toThrow(
      'expected a background of three numbers from 0 to 255, got [0,0,256]',
    )
  })
})

const frameOf = (side: number): readonly number[] => [0xff, 0xc0, 0, 11, 8, 0, side, 0, side, 1, 1, 0x11, 0]

describe('the orientation of a WebP', () => {
  it('is read behind the mark that some programs write before it', async () => {
    const file = fileOf('webp orientation 6')
    const at = Buffer.from(file).indexOf('EXIF')
    const marked = Uint8Array.from([...file.subarray(0, at + 8), ...Buffer.from('Exif\0\0'), ...file.subarray(at + 8)])
    const view = new DataView(marked.buffer)
    view.setUint32(4, view.getUint32(4, true) + 6, true)
    view.setUint32(at + 4, view.getUint32(at + 4, true) + 6, true)
    expect(await decodeImage(marked)).toEqual(await decodeImage(file))
  })
})

describe('a background', () => {
  it('lies under what is clear', async () => {
    const { rgb } = await decodeImage(fileOf('gif smaller frame'), { background: [1, 2, 3] })
    expect([...rgb.subarray(0, 3)]).toEqual([1, 2, 3])
  })
})

/** Files near to a given one: its beginning and noise, cut short, some bytes changed. */
const near = (file: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc
      .tuple(fc.nat({ max: Math.min(40, file.length) }), fc.uint8Array({ maxLength: 60 }))
      .map(([kept, rest]) => Uint8Array.from([...file.subarray(0, kept), ...rest])),
    fc.nat({ max: file.length }).map((length) => file.slice(0, length)),
    fc
      .array(fc.tuple(fc.nat({ max: file.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 })
      .map((edits) => {
        const edited = file.slice()
        for (const [at, value] of edits) edited[at] = value
        return edited
      }),
  )

describe('a file of any bytes', () => {
  it.each([
    ['png palette 4 opacity interlaced', 250],
    ['png colour 8', 250],
    ['jpeg 4:2:0', 120],
    ['jpeg progressive', 120],
    ['jpeg orientation 6 little', 120],
    ['jpeg ycck', 120],
    ['webp lossy', 120],
    ['webp lossless', 120],
    ['webp orientation 6', 120],
    ['gif interlaced', 250],
    ['gif full table', 250],
  ])('in place of a %s is read with the size it claims, or refused', async (name, numRuns) => {
    await fc.assert(
      fc.asyncProperty(near(fileOf(name)), async (bytes) => {
        try {
          const [height, width] = imageSize(bytes, { maxPixels: 1e6 })
          const image = await decodeImage(bytes, { maxPixels: 1e6, portable: true })
          expect([image.height, image.width, image.rgb.length]).toEqual([height, width, 3 * height * width])
        } catch (cause) {
          expect(cause).toBeInstanceOf(DataError)
        }
      }),
      { seed: 1, numRuns },
    )
  })
})

describe('imagePixels', () => {
  it.each(Object.keys(fixtures.resize.cases))('makes the pixels of Pillow and torchvision: %s', async (name) => {
    const { rule, pixels } = fixtures.resize.cases[name] as Fixtures['resize']['cases'][string]
    const made = await imagePixels(bytesOf(fixtures.resize.file), rule)
    expect(made).toHaveLength(rule.size[0] * rule.size[1] * rule.channels)
    expect(meanDifference(made, bytesOf(pixels))).toBeLessThanOrEqual(0.5)
    expect(Math.max(...made.map((value, i) => Math.abs(value - (bytesOf(pixels)[i] ?? NaN))))).toBeLessThanOrEqual(1)
  })
})

describe('the middle of an image whose shorter side has the right size', () => {
  const rule: ImageRule = { size: [10, 10], channels: 3, fit: 'crop', shorter: 10 }

  it.each([
    ['jpeg orientation 1', [10, 15], (row: number) => 15 * row + 2],
    ['jpeg orientation 6', [15, 10], (row: number) => 10 * (row + 2)],
  ] as const)('is cut out as it is: %s', async (name, size, startOf) => {
    const { height, width, rgb } = await decodeImage(fileOf(name))
    const rows = Array.from({ length: 10 }, (_, row) => [...rgb.subarray(3 * startOf(row), 3 * startOf(row) + 30)])
    expect([height, width]).toEqual(size)
    expect([...(await imagePixels(fileOf(name), rule))]).toEqual(rows.flat())
  })
})

describe('the orientation of a JPEG', () => {
  it('is looked for among as many tags as there are said to be', async () => {
    const file = fileOf('jpeg orientation 6')
    const count = Buffer.from(file).indexOf('Exif') + 6 + 8 // the header of a TIFF, whose first tags follow at once
    expect([...file.subarray(count, count + 4)]).toEqual([0, 1, 0x01, 0x12])
    file[count + 1] = 0
    expect(await decodeImage(file, { portable: true })).toMatchObject({ height: 10, width: 15 })
  })
})

describe('a rule', () => {
  const rule: ImageRule = { size: [4, 4], channels: 3, fit: 'squash' }

  it.each([
    [{ ...rule, size: [0, 4] }, 'expected a size of two whole numbers from 1 to 4096, got [0,4]'],
    [{ ...rule, size: [4, 4097] }, 'expected a size of two whole numbers from 1 to 4096, got [4,4097]'],
    [{ ...rule, size: [1.5, 4] }, 'expected a size of two whole numbers from 1 to 4096, got [1.5,4]'],
    [{ ...rule, shorter: 8 }, "expected `shorter` with fit 'crop' and from 4 to 4096, got 8 with 'squash'"],
    [{ ...rule, fit: 'crop', shorter: 3 }, "expected `shorter` with fit 'crop' and from 4 to 4096, got 3 with 'crop'"],
    [{ ...rule, background: [0, -1, 0] }, 'expected a background of three numbers from 0 to 255, got [0,-1,0]'],
  ] as const)('that cannot be followed is refused: %j', async (wrong, message) => {
    await expect(imagePixels(fileOf('gif'), wrong)).rejects.toThrow(message)
  })

  it('has a grey border where it asks for brightness', async () => {
    const file = fileOf('jpeg orientation 1')
    const pixels = await imagePixels(file, { size: [15, 15], channels: 1, fit: 'pad', background: [255, 0, 0] })
    expect([pixels[0], pixels.at(-1), pixels.length]).toEqual([76, 76, 225])
  })
})
