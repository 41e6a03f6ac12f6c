import { TILE_COLUMNS, multiplyPanels, roundUp } from './gemm'
import { at, min } from './simd'
import { Window } from './window'
import { BLOCK_CHANNELS, PLACES_BYTES, locatePatch, locateTile, stepOf } from './winograd-tiles'
import { TILE_SIZE, finishFilter, spreadTile, transformPatch } from './winograd-transforms'

/** Most tiles whose products are summed before the sum is transformed back. */
export const BLOCK_TILES: i32 = 64

/** Bytes of scratch that `winogradFilterBlock` needs. */
export function winogradFilterScratch(w: Window): i32 {
  const rows = w.inChannels
  const width = min(BLOCK_CHANNELS, w.outChannels)
  const spread = stepOf(BLOCK_TILES * roundUp(width, TILE_COLUMNS))
  const streams = stepOf(BLOCK_TILES * rows) + spread + stepOf(rows * width)
  return TILE_SIZE * streams + PLACES_BYTES + (max(rows, w.outChannels) << 2)
}

/**
 * `block = patches(x)ᵀ · dy` over `count` tiles from `first` and output channels `column` to `column + width`: the part of
 * the filter gradient that they add, as [3, 3, in channels, width].
 */
export function winogradFilterBlock(
  w: Window,
  x: usize,
  dy: usize,
  first: i32,
  count: i32,
  column: i32,
  width: i32,
  block: usize,
  scratch: usize,
): void {
  const rows = w.inChannels
  const patches = stepOf(count * rows)
  const tiles = stepOf(count * roundUp(width, TILE_COLUMNS))
  const sums = stepOf(rows * width)
  const spread = scratch + TILE_SIZE * patches
  const products = spread + TILE_SIZE * tiles
  const places = products + TILE_SIZE * sums
  const zeros = places + PLACES_BYTES
  memory.fill(zeros, 0, at(0, max(rows, w.outChannels)))
  for (let t = 0; t < count; t++) {
    locatePatch(w, x, first + t, first + count, zeros, places)
    for (let c = 0; c < rows; c += 4) transformPatch(places, at(0, c), at(scratch, c * count + 4 * t), patches)
    locateTile(w, dy, first + t, zeros, places)
    for (let k = 0; k < width; k += 4) {
      spreadTile(places, at(0, column + k), width - k, at(spread, (k & ~7) * count + 8 * t + (k & 7)), tiles)
    }
  }
  for (let p = 0; p < TILE_SIZE; p++) {
    multiplyPanels(rows, width, count, scratch + p * patches, spread + p * tiles, products + p * sums, width, false)
  }
  const size = rows * width
  for (let i = 0; i < size; i += 4) finishFilter(at(products, i), sums, at(block, i), at(0, size), size - i)
}
