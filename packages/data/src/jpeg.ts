import { concatBytes } from '@ptu/core'

import { DataError } from './errors.ts'
import { orientationIn } from './orientation.ts'

/** The facts in a JPEG's segments before its first scan. */
export interface JpegHeader {
  readonly height: number
  readonly width: number
  /** 1 for grey, 3 for colour, 4 for the four inks of print. */
  readonly components: number
  /** From 1 to 8, as Exif counts. */
  readonly orientation: number
}

/** Progressive JPEGs repeat the image in scans, of which a small file could hold millions. */
const scanLimit = 100

/** The most pixels that a byte stands for: even white takes a bit for each block of 8 × 8 pixels. */
const pixelsPerByte = 8 * 64

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff

/** Tells whether a marker begins a frame: 0xc0 to 0xcf, except for tables (c4, cc) and an extension (c8). */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

/** The frames that are read: baseline, the same with more tables, progressive. */
const isReadable = (marker: number): boolean => marker <= 0xc2

interface Segment {
  readonly marker: number
  /** The place at which its content begins, behind marker and length. */
  readonly from: number
  readonly end: number
}

/** The segments of a JPEG up to its first scan, or as far as they make sense. */
const segmentsOf = (bytes: Uint8Array): readonly Segment[] => {
  const segments: Segment[] = []
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1] as number
    if (marker === 0xff) {
      at++
      continue
    }
    const end = at + 2 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
    segments.push({ marker, from: at + 4, end })
    if (marker === 0xda) break
    at = end
  }
  return segments
}

const exif = [0x45, 0x78, 0x69, 0x66, 0, 0] as const

const orientationOf = (bytes: Uint8Array, segments: readonly Segment[]): number => {
  const found = segments.find(
    ({ marker, from }) => marker === 0xe1 && exif.every((byte, i) => bytes[from + i] === byte),
  )
  return found === undefined ? 1 : orientationIn(bytes.subarray(found.from + exif.length, found.end))
}

/**
 * Size, kind of colour and orientation of a JPEG. Throws {@link DataError} if it has none or is of a kind that is not
 * read.
 */
export const jpegHeader = (bytes: Uint8Array): JpegHeader => {
  const segments = segmentsOf(bytes)
  const frame = segments.find(({ marker }) => isFrame(marker))
  if (frame === undefined || frame.from + 6 > bytes.length) throw new DataError('it is a JPEG without a frame header')
  const { from, marker } = frame
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, 6)
  const components = view.getUint8(5)
  if (!isReadable(marker) || view.getUint8(0) !== 8)
    throw new DataError('it is a JPEG of a rare kind (lossless, arithmetic or 12 bits); save it as a baseline JPEG')
  if (![1, 3, 4].includes(components))
    throw new DataError(`it is a JPEG of ${String(components)} components, expected 1, 3 or 4`)
  return {
    height: view.getUint16(1),
    width: view.getUint16(3),
    components,
    orientation: orientationOf(bytes, segments),
  }
}

/** The place of a marker, searched from `from` on; -1 if there is none. */
const findMarker = (bytes: Uint8Array, marker: number, from: number): number => {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1))
    if (bytes[at + 1] === marker) return at
  return -1
}

/**
 * Checks that a JPEG can hold the pixels that it claims, before any memory is taken for them.
 *
 * Throws {@link DataError} if it is cut short, is too small for its pixels, or repeats itself in too many scans.
 */
export const checkJpeg = (bytes: Uint8Array, { height, width }: JpegHeader): void => {
  const scan = segmentsOf(bytes).find(({ marker }) => marker === 0xda)
  if (scan === undefined) throw new DataError('it is a JPEG without pixels')
  if (findMarker(bytes, 0xd9, scan.end) < 0 || height * width > bytes.length * pixelsPerByte)
    throw new DataError('it is cut short: it has fewer pixels than its header claims')
  let scans = 1
  for (let at = findMarker(bytes, 0xda, scan.end); at >= 0; at = findMarker(bytes, 0xda, at + 2)) scans++
  if (scans > scanLimit)
    throw new DataError(`expected at most ${String(scanLimit)} scans, it has ${String(scans)}; save it anew`)
}

/** A segment that calls the four components inks, not mixed with brightness: `Adobe`, version 100, no flags, 0. */
const adobe = Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0)

/**
 * A JPEG of four inks with the segment that says how they are stored; if there is none, one that says as Adobe stores
 * them.
 */
export const withAdobe = (bytes: Uint8Array): Uint8Array =>
  segmentsOf(bytes).some(({ marker }) => marker === 0xee)
    ? bytes
    : concatBytes([bytes.subarray(0, 2), adobe, bytes.subarray(2)])
