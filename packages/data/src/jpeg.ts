import { decode } from 'jpeg-js'

import { DataError } from './errors.ts'
import type { Raster } from './raster.ts'

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff

/** Markers that begin a frame: 0xc0 to 0xcf, but for tables (c4, cc) and an extension (c8). */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

/** Height and width as the frame header of a JPEG says. Throws {@link DataError} where there is none. */
export const jpegHeader = (bytes: Uint8Array): { readonly height: number; readonly width: number } => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 2; at + 9 <= bytes.length;) {
    const marker = view.getUint8(at + 1)
    if (view.getUint8(at) !== 0xff) break
    if (isFrame(marker)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2)
  }
  throw new DataError('it is a JPEG without a frame header')
}

/** Decodes a JPEG, baseline or progressive; a turn noted in its Exif data is not applied. Throws what the decoder throws. */
export const decodeJpeg = (bytes: Uint8Array): Raster => {
  const { height, width, data } = decode(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    tolerantDecoding: false,
    maxResolutionInMP: 17,
    maxMemoryUsageInMB: 512,
  })
  return { height, width, rgba: data }
}
