import { DataError } from './errors.ts'
import { orientationIn } from './orientation.ts'

/** The facts in the first chunk of a WebP. */
export interface WebpHeader {
  readonly height: number
  readonly width: number
  /** From 1 to 8, as Exif counts. */
  readonly orientation: number
}

const textAt = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4))

export const isWebp = (bytes: Uint8Array): boolean => textAt(bytes, 0) === 'RIFF' && textAt(bytes, 8) === 'WEBP'

const animated = 0x02

/** Reads height and width from a chunk whose content begins at byte 20. */
type ReadSize = (view: DataView) => readonly [height: number, width: number]

const lossySize: ReadSize = (view) => {
  if (view.getUint8(23) !== 0x9d || view.getUint8(24) !== 0x01 || view.getUint8(25) !== 0x2a)
    throw new DataError('it is a WebP whose first frame is no image')
  return [view.getUint16(28, true) & 0x3fff, view.getUint16(26, true) & 0x3fff]
}

const losslessSize: ReadSize = (view) => {
  if (view.getUint8(20) !== 0x2f) throw new DataError('it is a lossless WebP without its signature')
  const packed = view.getUint32(21, true)
  return [((packed >> 14) & 0x3fff) + 1, (packed & 0x3fff) + 1]
}

const extendedSize: ReadSize = (view) => {
  if ((view.getUint8(20) & animated) !== 0)
    throw new DataError('it is an animated WebP, expected one image; save one of its frames')
  return [(view.getUint32(26, true) >>> 8) + 1, (view.getUint32(23, true) >>> 8) + 1]
}

const readers: ReadonlyMap<string, ReadSize> = new Map([
  ['VP8 ', lossySize],
  ['VP8L', losslessSize],
  ['VP8X', extendedSize],
])

/** The content of the first chunk of a kind. */
const chunkOf = (bytes: Uint8Array, view: DataView, kind: string): Uint8Array | undefined => {
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true)
    if (textAt(bytes, at) === kind) return bytes.subarray(at + 8, at + 8 + length)
    at += 8 + length + (length % 2)
  }
  return undefined
}

/**
 * Size and orientation of a WebP. Throws {@link DataError} if it has none, is cut short, or is animated.
 *
 * References:
 *   Google, "WebP Container Specification", https://developers.google.com/speed/webp/docs/riff_container
 */
export const webpHeader = (bytes: Uint8Array): WebpHeader => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = readers.get(textAt(bytes, 12))
  if (bytes.length < 30 || read === undefined) throw new DataError('it is a WebP without a header')
  if (view.getUint32(4, true) + 8 > bytes.length) throw new DataError('it is cut short')
  const [height, width] = read(view)
  const exif = chunkOf(bytes, view, 'EXIF')
  const bare = exif === undefined || textAt(exif, 0) !== 'Exif' ? exif : exif.subarray(6)
  return { height, width, orientation: bare === undefined ? 1 : orientationIn(bare) }
}
