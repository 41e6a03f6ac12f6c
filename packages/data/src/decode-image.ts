import { messageOf, OptionError } from '@ptu/core'

import { DataError } from './errors.ts'
import { decodeGif, gifSize, isGif } from './gif.ts'
import { checkedRaster, openCodecs, type ImageCodecs } from './image-codecs.ts'
import { checkJpeg, isJpeg, jpegHeader } from './jpeg.ts'
import { isTurned, oriented } from './orientation.ts'
import { decodePng, isPng, pngHeader } from './png.ts'
import { flatten, white, type Colour, type Raster, type Size } from './raster.ts'
import { isWebp, webpHeader } from './webp.ts'

/** The largest size that an image may have. */
export interface ImageLimits {
  /** The most pixels on a side; 12,000 unless given. */
  readonly maxSide?: number
  /** The most pixels in all; 100 million unless given. */
  readonly maxPixels?: number
}

/** The options of {@link decodeImage}. */
export interface DecodeOptions extends ImageLimits {
  /** The colour under transparent parts: red, green and blue; white unless given. */
  readonly background?: Colour
  /** True to ignore the package `sharp` even if it is installed, so that every machine gives the same bytes. */
  readonly portable?: boolean
}

/** An image as `[height, width, 3]` bytes: red, green, blue. */
export interface DecodedImage {
  readonly height: number
  readonly width: number
  readonly rgb: Uint8Array
}

/** Size and orientation of an image by its header. */
interface ImageHeader {
  readonly height: number
  readonly width: number
  /** From 1 to 8, as Exif counts. */
  readonly orientation: number
  readonly decode: (codecs: ImageCodecs) => Raster | Promise<Raster>
}

const jpeg = (bytes: Uint8Array): ImageHeader => {
  const header = jpegHeader(bytes)
  const { height, width, components, orientation } = header
  const decode = async ({ jpeg, print }: ImageCodecs): Promise<Raster> => {
    checkJpeg(bytes, header)
    const codec = components === 4 ? print : jpeg
    return checkedRaster(await codec(bytes, height * width), [height, width])
  }
  return { height, width, orientation, decode }
}

const webp = (bytes: Uint8Array): ImageHeader => {
  const header = webpHeader(bytes)
  const { height, width } = header
  return {
    ...header,
    decode: async ({ webp }) => checkedRaster(await webp(bytes, height * width), [height, width]),
  }
}

const png = (bytes: Uint8Array): ImageHeader => {
  const { height, width } = pngHeader(bytes)
  return { height, width, orientation: 1, decode: () => decodePng(bytes) }
}

const gif = (bytes: Uint8Array): ImageHeader => {
  const [height, width] = gifSize(bytes)
  return { height, width, orientation: 1, decode: () => decodeGif(bytes) }
}

const headerOf = (bytes: Uint8Array): ImageHeader => {
  if (isPng(bytes)) return png(bytes)
  if (isJpeg(bytes)) return jpeg(bytes)
  if (isWebp(bytes)) return webp(bytes)
  if (isGif(bytes)) return gif(bytes)
  throw new DataError('it is neither a PNG nor a JPEG, WebP or GIF')
}

/** The header of an image whose size is within the limits. Throws {@link DataError}. */
const checkedHeader = (bytes: Uint8Array, { maxSide = 12_000, maxPixels = 100_000_000 }: ImageLimits): ImageHeader => {
  const header = headerOf(bytes)
  const { height, width } = header
  const claims = `its header claims ${String(height)} × ${String(width)}`
  if (height < 1 || width < 1 || height > maxSide || width > maxSide)
    throw new DataError(`expected 1 to ${String(maxSide)} pixels on each side, ${claims}; make it smaller`)
  if (height * width > maxPixels)
    throw new DataError(`expected at most ${String(maxPixels)} pixels, ${claims}; make it smaller`)
  return header
}

/**
 * Height and width of an image as it is seen, by its header. Throws {@link DataError} if it is no image or too large.
 */
export const imageSize = (bytes: Uint8Array, limits: ImageLimits = {}): Size => {
  const { height, width, orientation } = checkedHeader(bytes, limits)
  return isTurned(orientation) ? [width, height] : [height, width]
}

/** The image as it is seen, with its opacity. Throws {@link DataError}. */
export const decodeRaster = async (
  bytes: Uint8Array,
  codecs: ImageCodecs,
  limits: ImageLimits = {},
): Promise<Raster> => {
  const header = checkedHeader(bytes, limits)
  try {
    return oriented(await header.decode(codecs), header.orientation)
  } catch (cause) {
    throw cause instanceof DataError ? cause : new DataError(messageOf(cause))
  }
}

/** Throws `OptionError` unless a colour is three whole numbers from 0 to 255. */
export const checkColour = (colour: Colour): void => {
  if (colour.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    throw new OptionError(`expected a background of three numbers from 0 to 255, got ${JSON.stringify(colour)}`)
}

/**
 * Decodes a PNG, JPEG, WebP or GIF as it is meant to be seen: turned as its Exif orientation says, with its transparent
 * parts laid on a background, 16 bits scaled to 8 and the inks of print turned into colours. Of a GIF it decodes the
 * first frame.
 *
 * The kind is told by the content. Colour profiles are not applied. The header is checked before memory is taken.
 * Rejects with {@link DataError} if the file is damaged, cut short, larger than the limits or of another kind, and with
 * `OptionError` for a background that is no colour.
 *
 * @example
 * ```ts
 * const gif = Uint8Array.from(atob('R0lGODlhAQABAIAAAAAA/wAAACwAAAAAAQABAAACAkQBADs='), (c) => c.charCodeAt(0))
 * expect(await decodeImage(gif)).toEqual({ height: 1, width: 1, rgb: Uint8Array.of(0, 0, 255) })
 * ```
 */
export const decodeImage = async (bytes: Uint8Array, options: DecodeOptions = {}): Promise<DecodedImage> => {
  const { background = white, portable = false } = options
  checkColour(background)
  const raster = await decodeRaster(bytes, await openCodecs(portable), options)
  return { height: raster.height, width: raster.width, rgb: flatten(raster, background, 3) }
}
