import { DataError } from './errors.ts'

/** The facts in the first chunk of a PNG. */
export interface PngHeader {
  readonly height: number
  readonly width: number
  /** The bits of one sample. */
  readonly depth: number
  /** Samples per pixel; a place in a palette is one sample. */
  readonly samples: number
  readonly interlaced: boolean
}

/** The colours of a palette, as four bytes each, and the samples of the colour that is transparent. */
export interface PngColours {
  readonly palette: Uint8Array | undefined
  readonly clear: readonly number[] | undefined
}

/** A part of the pixels: those of every `right`-th column from `x` and every `down`-th row from `y`. */
interface Pass {
  readonly x: number
  readonly y: number
  readonly right: number
  readonly down: number
}

const whole: Pass = { x: 0, y: 0, right: 1, down: 1 }

/** The seven passes of an interlaced PNG, called Adam7. */
const adam7: readonly Pass[] = [
  { x: 0, y: 0, right: 8, down: 8 },
  { x: 4, y: 0, right: 8, down: 8 },
  { x: 0, y: 4, right: 4, down: 8 },
  { x: 2, y: 0, right: 4, down: 4 },
  { x: 0, y: 2, right: 2, down: 4 },
  { x: 1, y: 0, right: 2, down: 2 },
  { x: 0, y: 1, right: 1, down: 2 },
]

const passesOf = ({ interlaced }: PngHeader): readonly Pass[] => (interlaced ? adam7 : [whole])

/** Rows, columns and bytes per row, without the filter, of a pass. */
const extent = (header: PngHeader, pass: Pass): readonly [rows: number, columns: number, bytes: number] => {
  const rows = Math.max(0, Math.ceil((header.height - pass.y) / pass.down))
  const columns = Math.max(0, Math.ceil((header.width - pass.x) / pass.right))
  return columns === 0 ? [0, 0, 0] : [rows, columns, Math.ceil((columns * header.depth * header.samples) / 8)]
}

/** The bytes that the pixels of a header unpack to: each line has one byte more, for its filter. */
export const unpackedSize = (header: PngHeader): number =>
  passesOf(header).reduce((sum, pass) => {
    const [rows, , bytes] = extent(header, pass)
    return sum + rows * (1 + bytes)
  }, 0)

const paeth = (left: number, above: number, corner: number): number => {
  const estimate = left + above - corner
  const toLeft = Math.abs(estimate - left)
  const toAbove = Math.abs(estimate - above)
  const toCorner = Math.abs(estimate - corner)
  if (toLeft <= toAbove && toLeft <= toCorner) return left
  return toAbove <= toCorner ? above : corner
}

/**
 * The prediction that each filter took away from a byte, from the bytes to its left, above it, and above to its left.
 */
const predictors: readonly ((left: number, above: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, above) => above,
  (left, above) => (left + above) >> 1,
  paeth,
]

/** Undoes the filter of a line, in place; `step` is the distance in bytes from a byte to its left neighbour. */
const unfilter = (line: Uint8Array, above: Uint8Array, filter: number, step: number): void => {
  const predict = predictors[filter]
  if (predict === undefined) throw new DataError(`it has a line of the unknown filter ${String(filter)}`)
  if (filter === 0) return
  for (let i = 0; i < line.length; i++) {
    const left = i < step ? 0 : (line[i - step] as number)
    const corner = i < step ? 0 : (above[i - step] as number)
    line[i] = (line[i] as number) + predict(left, above[i] as number, corner)
  }
}

/** Reads sample `i` of a line. */
type ReadSample = (line: Uint8Array, i: number) => number

const sampleOf = (depth: number): ReadSample => {
  if (depth === 8) return (line, i) => line[i] as number
  if (depth === 16) return (line, i) => ((line[2 * i] as number) << 8) | (line[2 * i + 1] as number)
  const perByte = 8 / depth
  return (line, i) =>
    ((line[Math.floor(i / perByte)] as number) >> (8 - depth * (1 + (i % perByte)))) & ((1 << depth) - 1)
}

/** Writes the pixel whose samples begin at `i` of a line to `at`. */
type Paint = (line: Uint8Array, i: number, rgba: Uint8Array, at: number) => void

const paintPalette =
  (sample: ReadSample, palette: Uint8Array): Paint =>
  (line, i, rgba, at) => {
    const place = 4 * sample(line, i)
    if (place >= palette.length) throw new DataError('it has a pixel of a colour that its palette lacks')
    for (let c = 0; c < 4; c++) rgba[at + c] = palette[place + c] as number
  }

const paintSamples = (sample: ReadSample, { depth, samples }: PngHeader, clear: PngColours['clear']): Paint => {
  const scale = 255 / (2 ** depth - 1)
  const colour = samples < 3 ? 0 : 1
  const hasOpacity = samples % 2 === 0
  return (line, i, rgba, at) => {
    for (let c = 0; c < 3; c++) rgba[at + c] = Math.round(sample(line, i + colour * c) * scale)
    const isClear = clear?.every((value, c) => value === sample(line, i + c)) === true
    rgba[at + 3] = hasOpacity ? Math.round(sample(line, i + samples - 1) * scale) : isClear ? 0 : 255
  }
}

/**
 * The pixels of a PNG as `[height, width, 4]` bytes: red, green, blue, opacity. 16 bits are scaled to 8.
 *
 * `unpacked` holds the filtered lines of every pass and is overwritten.
 *
 * References:
 *   W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", 2025, §7.2, §8.1, §9.2,
 *   https://www.w3.org/TR/png-3/
 */
export const pixelsOfPng = (header: PngHeader, colours: PngColours, unpacked: Uint8Array): Uint8Array => {
  const sample = sampleOf(header.depth)
  const paint =
    colours.palette === undefined ? paintSamples(sample, header, colours.clear) : paintPalette(sample, colours.palette)
  const step = Math.max(1, (header.depth * header.samples) / 8)
  const rgba = new Uint8Array(4 * header.height * header.width)
  let at = 0
  for (const pass of passesOf(header)) {
    const [rows, columns, bytes] = extent(header, pass)
    let above: Uint8Array = new Uint8Array(bytes)
    for (let row = 0; row < rows; row++) {
      const line = unpacked.subarray(at + 1, at + 1 + bytes)
      unfilter(line, above, unpacked[at] as number, step)
      const to = (pass.y + row * pass.down) * header.width + pass.x
      for (let i = 0; i < columns; i++) paint(line, i * header.samples, rgba, 4 * (to + i * pass.right))
      above = line
      at += 1 + bytes
    }
  }
  return rgba
}
