import type { Raster } from './raster.ts'

/** The place of the orientation among the tags of Exif. */
const orientationTag = 0x0112

/** Tags beyond this are not looked at. */
const tagLimit = 1024

/**
 * The orientation of an image by its Exif data, which begin with the header of a TIFF: a number from 1 to 8.
 *
 * It is 1 (not turned) if there is none or the data are damaged: that is no reason to refuse the image.
 *
 * References:
 *   CIPA, "Exchangeable image file format for digital still cameras: Exif Version 2.32", 2019, §4.6.4 A,
 *   https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf
 */
export const orientationIn = (exif: Uint8Array): number => {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength)
  const order = exif.length >= 8 ? view.getUint16(0) : 0
  if (order !== 0x4949 && order !== 0x4d4d) return 1
  const little = order === 0x4949
  const at = view.getUint32(4, little)
  if (at + 2 > exif.length) return 1
  const count = Math.min(view.getUint16(at, little), tagLimit)
  for (let entry = at + 2; entry + 12 <= Math.min(exif.length, at + 2 + 12 * count); entry += 12) {
    if (view.getUint16(entry, little) !== orientationTag) continue
    const value = view.getUint16(entry + 8, little)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}

/** Tells whether an orientation swaps height and width. */
export const isTurned = (orientation: number): boolean => orientation >= 5

/** The image read from right to left. */
const mirrored = (raster: Raster): Raster => ({
  ...raster,
  first: raster.first + (raster.width - 1) * raster.right,
  right: -raster.right,
})

/** The image read from the bottom to the top. */
const upended = (raster: Raster): Raster => ({
  ...raster,
  first: raster.first + (raster.height - 1) * raster.down,
  down: -raster.down,
})

/** The image with rows for columns. */
const transposed = (raster: Raster): Raster => ({
  ...raster,
  height: raster.width,
  width: raster.height,
  down: raster.right,
  right: raster.down,
})

/** The turn that an image of each orientation needs, from orientation 1 on. */
const turns: readonly ((raster: Raster) => Raster)[] = [
  (raster) => raster,
  mirrored,
  (raster) => upended(mirrored(raster)),
  upended,
  transposed,
  (raster) => mirrored(transposed(raster)),
  (raster) => upended(mirrored(transposed(raster))),
  (raster) => upended(transposed(raster)),
]

/** Turns an image as its orientation asks for; no pixel is moved. */
export const oriented = (raster: Raster, orientation: number): Raster => turns[orientation - 1]?.(raster) ?? raster
