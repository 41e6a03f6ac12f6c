import { convertIndexedToRgb, decode, type DecodedPng } from 'fast-png'

import { DataError } from './errors.ts'
import type { Raster } from './raster.ts'

/** What the first chunk of a PNG says. */
export interface PngHeader {
  readonly height: number
  readonly width: number
  /** The bits of one sample. */
  readonly depth: number
  /** Samples per pixel; a place in a palette is one. */
  readonly samples: number
  readonly interlaced: boolean
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const

/** Samples per pixel of each colour type: grey, colour, palette, grey with opacity, colour with opacity. */
const samplesOf: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
])

export const isPng = (bytes: Uint8Array): boolean => signature.every((byte, i) => bytes[i] === byte)

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const typeOf = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at + 4, at + 8))

/** The header of a PNG. Throws {@link DataError} where there is none. */
export const pngHeader = (bytes: Uint8Array): PngHeader => {
  const view = viewOf(bytes)
  if (bytes.length < 33 || view.getUint32(8) !== 13 || typeOf(bytes, 8) !== 'IHDR')
    throw new DataError('it is a PNG without a header')
  const samples = samplesOf.get(view.getUint8(25))
  if (samples === undefined) throw new DataError('it is a PNG of an unknown kind of colour')
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth: view.getUint8(24),
    samples,
    interlaced: view.getUint8(28) !== 0,
  }
}

/** The chunks that make the image: others may hide packed text or profiles of any size, and none is needed. */
const needed: ReadonlySet<string> = new Set(['PLTE', 'tRNS', 'IDAT', 'IEND'])

interface Chunks {
  /** A PNG of nothing but the header and the needed chunks. */
  readonly image: Uint8Array
  /** The packed pixels. */
  readonly packed: Uint8Array
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

const chunksOf = (bytes: Uint8Array): Chunks => {
  const view = viewOf(bytes)
  const kept = [bytes.subarray(0, 33)]
  const packed: Uint8Array[] = []
  for (let at = 33; ;) {
    const length = at + 12 <= bytes.length ? view.getUint32(at) : Infinity
    const end = at + 12 + length
    if (end > bytes.length) throw new DataError('it is cut short')
    const type = typeOf(bytes, at)
    if (needed.has(type)) kept.push(bytes.subarray(at, end))
    if (type === 'IDAT') packed.push(bytes.subarray(at + 8, end - 4))
    if (type === 'IEND') return { image: joined(kept), packed: joined(packed) }
    at = end
  }
}

/** Where the seven passes of an interlaced PNG begin and how far their pixels are apart: x, y, step in x, step in y. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** The bytes that the pixels of a header unpack to: each line has one byte more, for its filter. */
const unpackedSize = ({ height, width, depth, samples, interlaced }: PngHeader): number => {
  const of = (h: number, w: number): number => (h > 0 && w > 0 ? h * (1 + Math.ceil((w * depth * samples) / 8)) : 0)
  if (!interlaced) return of(height, width)
  return passes.reduce(
    (sum, [x, y, stepX, stepY]) => sum + of(Math.ceil((height - y) / stepY), Math.ceil((width - x) / stepX)),
    0,
  )
}

/**
 * Decodes a PNG of any depth; 16 bits are scaled to 8.
 *
 * The pixels are unpacked under the limit that the header sets before the decoder sees them. Throws {@link DataError} or
 * what the decoder throws.
 */
export const decodePng = async (bytes: Uint8Array): Promise<Raster> => {
  const header = pngHeader(bytes)
  if (header.interlaced && header.depth < 8)
    throw new DataError('interlaced PNGs of less than 8 bits are not read; save it without interlacing')
  const { image, packed } = chunksOf(bytes)
  await checkPixels(packed, unpackedSize(header))
  const png = decode(image, { checkCrc: true })
  return { height: png.height, width: png.width, rgba: png.palette ? fromPalette(png) : fromSamples(png) }
}

/** Unpacks pixels to see that they are as many bytes as the header claims; stops where they become more. */
const checkPixels = async (packed: Uint8Array, claimed: number): Promise<void> => {
  const { inflate } = await import('node:zlib')
  const { promisify } = await import('node:util')
  const pixels = await promisify(inflate)(packed, { maxOutputLength: claimed }).catch((cause: unknown) => {
    const tooLong = (cause as { readonly code?: string }).code === 'ERR_BUFFER_TOO_LARGE'
    if (!tooLong) throw cause
    throw new DataError(`its pixels unpack to more than the ${String(claimed)} bytes that its header claims`)
  })
  if (pixels.length < claimed) throw new DataError('it has fewer pixels than its header claims')
}

const fromPalette = (png: DecodedPng): Uint8Array => {
  const colours = convertIndexedToRgb(png)
  const samples = png.palette?.[0]?.length ?? 3
  const rgba = new Uint8Array(png.width * png.height * 4).fill(255)
  for (let i = 0; i < png.width * png.height; i++) rgba.set(colours.subarray(i * samples, (i + 1) * samples), 4 * i)
  return rgba
}

/** The samples one by one: those of less than 8 bits lie packed in bytes, each line beginning with a new one. */
const unpackBits = ({ data, depth, width, height, channels }: DecodedPng): ArrayLike<number> => {
  if (depth >= 8) return data
  const perLine = width * channels
  const bytesPerLine = Math.ceil((perLine * depth) / 8)
  return Uint8Array.from({ length: perLine * height }, (_, i) => {
    const bit = (i % perLine) * depth
    const byte = data[Math.floor(i / perLine) * bytesPerLine + Math.floor(bit / 8)] as number
    return (byte >> (8 - depth - (bit % 8))) & ((1 << depth) - 1)
  })
}

/** Which sample of a pixel is its red, green and blue, by the number of samples; opacity comes last. */
const redGreenBlue: Readonly<Record<number, readonly [number, number, number]>> = {
  1: [0, 0, 0],
  2: [0, 0, 0],
  3: [0, 1, 2],
  4: [0, 1, 2],
}

const fromSamples = (png: DecodedPng): Uint8Array => {
  const { channels, transparency } = png
  const samples = unpackBits(png)
  const scale = 255 / (2 ** png.depth - 1)
  const rgba = new Uint8Array(png.width * png.height * 4).fill(255)
  const put = (to: number, from: number): void => {
    rgba[to] = Math.round((samples[from] as number) * scale)
  }
  const places = redGreenBlue[channels] ?? [0, 1, 2]
  for (let i = 0; i < png.width * png.height; i++) {
    const pixel = i * channels
    for (let c = 0; c < 3; c++) put(4 * i + c, pixel + (places[c] as number))
    if (channels % 2 === 0) put(4 * i + 3, pixel + channels - 1)
    else if (transparency?.every((sample, c) => sample === samples[pixel + c])) rgba[4 * i + 3] = 0
  }
  return rgba
}
