import { concatBytes } from '@ptu/core'

import { DataError } from './errors.ts'
import { pixelsOfPng, unpackedSize, type PngColours, type PngHeader } from './png-pixels.ts'
import { rasterOf, type Raster } from './raster.ts'

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const

/** Deflate packs at most this many bytes into one byte. */
const deflateRatio = 1032

/** Samples per pixel and depths of each kind of colour: grey, colour, palette, grey and colour with opacity. */
const kinds: ReadonlyMap<number, { readonly samples: number; readonly depths: readonly number[] }> = new Map([
  [0, { samples: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { samples: 3, depths: [8, 16] }],
  [3, { samples: 1, depths: [1, 2, 4, 8] }],
  [4, { samples: 2, depths: [8, 16] }],
  [6, { samples: 4, depths: [8, 16] }],
])

const paletteKind = 3

export const isPng = (bytes: Uint8Array): boolean => signature.every((byte, i) => bytes[i] === byte)

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const typeOf = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at + 4, at + 8))

/** The header of a PNG. Throws {@link DataError} if there is none. */
export const pngHeader = (bytes: Uint8Array): PngHeader => {
  const view = viewOf(bytes)
  if (bytes.length < 33 || view.getUint32(8) !== 13 || typeOf(bytes, 8) !== 'IHDR')
    throw new DataError('it is a PNG without a header')
  const [depth, colour, packing, filtering, interlace] = bytes.subarray(24, 29) as unknown as Five
  const kind = kinds.get(colour)
  if (kind?.depths.includes(depth) !== true)
    throw new DataError(`it is a PNG of an unknown kind of colour, ${String(colour)} of ${String(depth)} bits`)
  if (packing !== 0 || filtering !== 0 || interlace > 1) throw new DataError('it is a PNG packed in an unknown way')
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth,
    samples: kind.samples,
    interlaced: interlace === 1,
  }
}

type Five = readonly [number, number, number, number, number]

/** The chunks that make the image. Others are not needed, and may hide packed text or profiles of any size. */
const needed: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'])

interface Chunks {
  /** The packed pixels. */
  readonly packed: Uint8Array
  readonly palette: Uint8Array | undefined
  readonly transparency: Uint8Array | undefined
}

const chunksIn = (parts: ReadonlyMap<string, readonly Uint8Array[]>): Chunks => ({
  packed: concatBytes(parts.get('IDAT') ?? []),
  palette: parts.get('PLTE')?.[0],
  transparency: parts.get('tRNS')?.[0],
})

/** The place at which the chunk that begins at `at` ends. Throws {@link DataError} if that is beyond the file. */
const endOf = (bytes: Uint8Array, view: DataView, at: number): number => {
  const end = at + 12 <= bytes.length ? at + 12 + view.getUint32(at) : Infinity
  if (end > bytes.length) throw new DataError('it is cut short')
  return end
}

const chunksOf = (bytes: Uint8Array, checksum: (part: Uint8Array) => number): Chunks => {
  const view = viewOf(bytes)
  const parts = new Map<string, Uint8Array[]>()
  for (let at = 8; ;) {
    const end = endOf(bytes, view, at)
    const type = typeOf(bytes, at)
    if (type === 'IHDR' && at > 8) throw new DataError('it has two headers')
    if (needed.has(type)) {
      if (checksum(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4))
        throw new DataError(`its part ${type} is damaged: the checksum differs`)
      const data = bytes.subarray(at + 8, end - 4)
      if (parts.get(type)?.push(data) === undefined) parts.set(type, [data])
    }
    if (type === 'IEND') return chunksIn(parts)
    at = end
  }
}

/** The samples of the transparent colour; none if pixels have an opacity of their own. */
const clearColour = (samples: number, transparency: Uint8Array | undefined): readonly number[] | undefined => {
  if (transparency === undefined || samples % 2 === 0) return undefined
  if (transparency.length < 2 * samples) throw new DataError('its clear colour is cut short')
  const view = viewOf(transparency)
  return Array.from({ length: samples }, (_, c) => view.getUint16(2 * c))
}

const coloursOf = (colour: number, samples: number, { palette, transparency }: Chunks): PngColours => {
  if (colour !== paletteKind) return { palette: undefined, clear: clearColour(samples, transparency) }
  if (palette === undefined || palette.length % 3 !== 0 || palette.length > 768)
    throw new DataError('it is a PNG with a palette, but has none that can be read')
  const rgba = new Uint8Array((palette.length / 3) * 4).fill(255)
  for (let i = 0; i < palette.length / 3; i++) {
    rgba.set(palette.subarray(3 * i, 3 * i + 3), 4 * i)
    rgba[4 * i + 3] = transparency?.[i] ?? 255
  }
  return { palette: rgba, clear: undefined }
}

/**
 * Decodes a PNG of any depth, interlaced or not; 16 bits are scaled to 8.
 *
 * The pixels are unpacked under the limit that the header sets. Throws {@link DataError}.
 */
export const decodePng = async (bytes: Uint8Array): Promise<Raster> => {
  const { crc32 } = await import('node:zlib')
  const header = pngHeader(bytes)
  const chunks = chunksOf(bytes, crc32)
  const colours = coloursOf(bytes[25] as number, header.samples, chunks)
  const unpacked = await unpack(chunks.packed, unpackedSize(header))
  return rasterOf(header.height, header.width, pixelsOfPng(header, colours, unpacked))
}

/** Unpacks as many bytes as the header claims; stops if there are more. */
const unpack = async (packed: Uint8Array, claimed: number): Promise<Uint8Array> => {
  if (packed.length * deflateRatio < claimed) throw new DataError('it has fewer pixels than its header claims')
  const { inflate } = await import('node:zlib')
  const { promisify } = await import('node:util')
  const pixels = await promisify(inflate)(packed, { maxOutputLength: claimed }).catch((cause: unknown) => {
    const tooLong = (cause as { readonly code?: string }).code === 'ERR_BUFFER_TOO_LARGE'
    if (!tooLong) throw new DataError('its pixels are damaged: they cannot be unpacked')
    throw new DataError(`its pixels unpack to more than the ${String(claimed)} bytes that its header claims`)
  })
  if (pixels.length < claimed) throw new DataError('it has fewer pixels than its header claims')
  return pixels
}
