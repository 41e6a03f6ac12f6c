import { at } from './simd'
import { Window, inside } from './window'
import { TILE_SIZE } from './winograd-transforms'

/** Sums over fewer channels do not pay for the transforms; sums over more would need too much scratch. */
const FEWEST_CHANNELS: i32 = 8
const MOST_CHANNELS: i32 = 512
/** Output channels transformed and multiplied at a time. */
export const BLOCK_CHANNELS: i32 = 128
/** Bytes between streams that are read together, beyond their length, so that they do not share the sets of a cache. */
const GAP: i32 = 64
/** The addresses of a 4×4 patch. */
export const PLACES_BYTES: i32 = TILE_SIZE << 2

/**
 * Whether a 3×3 convolution is done by Winograd's method, with `channels` the ones it sums over (of the filter gradient:
 * the inputs'). Never decided by the batch or by the other channels, so that neither changes the bits of an output.
 */
@inline
export function isWinograd(w: Window, channels: i32): bool {
  if (w.filterHeight != 3 || w.filterWidth != 3 || w.strideHeight != 1 || w.strideWidth != 1) return false
  if (w.dilationHeight != 1 || w.dilationWidth != 1 || w.outHeight < 2 || w.outWidth < 2) return false
  return (channels & 3) == 0 && channels >= FEWEST_CHANNELS && channels <= MOST_CHANNELS
}

@inline
function tilesDown(w: Window): i32 {
  return (w.outHeight + 1) >> 1
}

@inline
function tilesAcross(w: Window): i32 {
  return (w.outWidth + 1) >> 1
}

/** Tiles of 2×2 outputs that cover one example. */
@inline
export function tilesOfMap(w: Window): i32 {
  return tilesDown(w) * tilesAcross(w)
}

/** Bytes from one place of a transformed stream of `count` numbers to the next. */
@inline
export function stepOf(count: i32): i32 {
  return (count << 2) + GAP
}

/** Lists the addresses of the `side`×`side` pixels from (`row`, `column`), `outside` for those beyond the image. */
@inline
function locate(
  side: i32,
  image: usize,
  row: i32,
  column: i32,
  height: i32,
  width: i32,
  channels: i32,
  outside: usize,
  places: usize,
): void {
  for (let i = 0; i < side; i++) {
    const valid = inside(row + i, height)
    for (let j = 0; j < side; j++) {
      const pixel = ((row + i) * width + column + j) * channels
      store<usize>(places, valid && inside(column + j, width) ? at(image, pixel) : outside)
      places += 4
    }
  }
}

/** Lists the inputs under tile `tile`; nothing but `zeros` from tile `end` on. */
export function locatePatch(w: Window, x: usize, tile: i32, end: i32, zeros: usize, places: usize): void {
  const line = tile / tilesAcross(w)
  const example = line / tilesDown(w)
  const image = at(x, example * w.inHeight * w.inWidth * w.inChannels)
  const height = tile < end ? w.inHeight : 0
  const row = 2 * (line - example * tilesDown(w)) - w.padTop
  const column = 2 * (tile - line * tilesAcross(w)) - w.padLeft
  locate(4, image, row, column, height, w.inWidth, w.inChannels, zeros, places)
}

/** Lists the outputs of tile `tile`, `outside` for those beyond the map. */
export function locateTile(w: Window, y: usize, tile: i32, outside: usize, places: usize): void {
  const line = tile / tilesAcross(w)
  const example = line / tilesDown(w)
  const map = at(y, example * w.outHeight * w.outWidth * w.outChannels)
  const row = 2 * (line - example * tilesDown(w))
  const column = 2 * (tile - line * tilesAcross(w))
  locate(2, map, row, column, w.outHeight, w.outWidth, w.outChannels, outside, places)
}
