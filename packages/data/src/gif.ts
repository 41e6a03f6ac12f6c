import { concatBytes } from '@ptu/core'

import { DataError } from './errors.ts'
import { unpackLzw } from './lzw.ts'
import { rasterOf, type Raster, type Size } from './raster.ts'

export const isGif = (bytes: Uint8Array): boolean => /^GIF8[79]a$/.test(String.fromCharCode(...bytes.subarray(0, 6)))

const cutShort = (): DataError => new DataError('it is cut short')

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Height and width of the screen of a GIF, which its frames are parts of. */
export const gifSize = (bytes: Uint8Array): Size => {
  if (bytes.length < 13) throw new DataError('it is a GIF without a header')
  const view = viewOf(bytes)
  return [view.getUint16(8, true), view.getUint16(6, true)]
}

/** The bytes of a palette whose size the lowest three bits of `flags` tell; none where the highest bit is not set. */
const paletteBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)

/** A run of blocks, each with its length in front; the last is empty. */
const blocksAt = (bytes: Uint8Array, from: number): { readonly parts: readonly Uint8Array[]; readonly end: number } => {
  const parts: Uint8Array[] = []
  for (let at = from; ;) {
    const length = bytes[at]
    if (length === undefined || at + 1 + length > bytes.length) throw cutShort()
    if (length === 0) return { parts, end: at + 1 }
    parts.push(bytes.subarray(at + 1, at + 1 + length))
    at += 1 + length
  }
}

/** The place at which the first image begins, and the place of the transparent colour in its palette. */
interface Start {
  readonly at: number
  readonly clear: number | undefined
}

const firstImage = (bytes: Uint8Array, from: number): Start => {
  let clear: number | undefined
  for (let at = from; ;) {
    const kind = bytes[at]
    if (kind === undefined) throw cutShort()
    if (kind === 0x2c) return { at: at + 1, clear }
    if (kind !== 0x21) throw new DataError('it is a GIF without an image')
    const { parts, end } = blocksAt(bytes, at + 2)
    const [control] = parts
    if (bytes[at + 1] === 0xf9 && control !== undefined && control.length >= 4)
      clear = (control[0] as number) & 1 ? control[3] : undefined
    at = end
  }
}

/** The rows of an image in the order in which they are stored. */
const rowOrder = (height: number, interlaced: boolean): readonly number[] => {
  if (!interlaced) return Array.from({ length: height }, (_, y) => y)
  const passes = [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const
  return passes.flatMap(([from, step]) =>
    Array.from({ length: Math.max(0, Math.ceil((height - from) / step)) }, (_, i) => from + i * step),
  )
}

/** The first frame: its place on the screen, and the way it is stored. */
interface Frame {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
  readonly interlaced: boolean
  readonly palette: Uint8Array
  readonly clear: number | undefined
  /** The place at which the packed pixels begin. */
  readonly pixelsAt: number
}

const frameOf = (bytes: Uint8Array, screen: Size): Frame => {
  const common = paletteBytes(bytes[10] as number)
  const { at, clear } = firstImage(bytes, 13 + common)
  if (at + 10 > bytes.length) throw cutShort()
  const view = viewOf(bytes)
  const [left, top, width, height] = [0, 2, 4, 6].map((i) => view.getUint16(at + i, true)) as unknown as Four
  if (top + height > screen[0] || left + width > screen[1])
    throw new DataError('it has two headers: its first frame is larger than its screen')
  const flags = bytes[at + 8] as number
  const own = paletteBytes(flags)
  if (own + common === 0) throw new DataError('it is a GIF without colours')
  const palette = own > 0 ? bytes.subarray(at + 9, at + 9 + own) : bytes.subarray(13, 13 + common)
  return { top, left, height, width, interlaced: (flags & 0x40) !== 0, palette, clear, pixelsAt: at + 9 + own }
}

type Four = readonly [number, number, number, number]

/**
 * Decodes the first frame of a GIF on its screen; the rest of the screen is transparent.
 *
 * Throws {@link DataError}.
 *
 * References:
 *   CompuServe, "Graphics Interchange Format, Version 89a", 1990, §18, §20, §22, §23, Appendix E,
 *   https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
export const decodeGif = (bytes: Uint8Array): Raster => {
  const screen = gifSize(bytes)
  const { top, left, height, width, interlaced, palette, clear, pixelsAt } = frameOf(bytes, screen)
  const bits = bytes[pixelsAt] ?? 0
  if (bits < 2 || bits > 8) throw new DataError(`expected colours of 2 to 8 bits, it has ${String(bits)}`)
  const places = unpackLzw(concatBytes(blocksAt(bytes, pixelsAt + 1).parts), bits, height * width)
  const rgba = new Uint8Array(4 * screen[0] * screen[1])
  let from = 0
  for (const row of rowOrder(height, interlaced)) {
    let to = 4 * ((top + row) * screen[1] + left)
    for (let x = 0; x < width; x++, from++, to += 4) {
      const place = places[from] as number
      if (place === clear) continue
      if (3 * place >= palette.length) throw new DataError('it has a pixel of a colour that its palette lacks')
      for (let c = 0; c < 3; c++) rgba[to + c] = palette[3 * place + c] as number
      rgba[to + 3] = 255
    }
  }
  return rasterOf(screen[0], screen[1], rgba)
}
