import { TILE_COLUMNS, TILE_ROWS, multiplyPanels, roundUp } from './gemm'
import { at, min, storeTransposed } from './simd'
import { Window } from './window'
import { BLOCK_CHANNELS, PLACES_BYTES, locatePatch, locateTile, stepOf, tilesOfMap } from './winograd-tiles'
import { TILE_SIZE, finishTile, transformFilter, transformPatch } from './winograd-transforms'

/** Tiles of 2×2 outputs transformed and multiplied at a time. */
const BLOCK_TILES: i32 = 32
/** Four transformed tiles of four channels: 16 places of 4 tiles. */
const CORNER_BYTES: i32 = TILE_SIZE << 6

@inline
function filterStep(depth: i32, columns: i32): i32 {
  return stepOf(roundUp(columns, TILE_COLUMNS) * depth)
}

/** Stores four transformed tiles (or filters) with tiles and channels exchanged: a vector of four tiles for each channel. */
function storeCorner(corner: usize, target: usize, step: usize, stride: usize): void {
  for (let place = 0; place < TILE_SIZE; place++) {
    const s = corner + (<usize>place << 6)
    storeTransposed(v128.load(s), v128.load(s, 16), v128.load(s, 32), v128.load(s, 48), target, stride)
    target += step
  }
}

/** Transforms columns `first` to `first + width` of a filter [3, 3, depth, columns] and packs each of its places as columns. */
function packFilter(depth: i32, columns: i32, first: i32, width: i32, filter: usize, target: usize): void {
  const step = filterStep(depth, width)
  const stride = at(0, depth * columns)
  for (let k = 0; k < width; k += 4) {
    const panel = at(target, (k & ~7) * depth + (k & 7))
    const source = at(filter, first + k)
    for (let c = 0; c < depth; c++) transformFilter(at(source, c * columns), stride, width - k, at(panel, c << 3), step)
  }
}

/** The same of a filter [3, 3, columns, depth] turned by half a turn, as the input gradient needs it. */
function packTurnedFilter(
  depth: i32,
  columns: i32,
  first: i32,
  width: i32,
  filter: usize,
  target: usize,
  corner: usize,
): void {
  const step = filterStep(depth, width)
  const stride = at(0, depth * columns)
  const source = at(filter + 8 * stride, first * depth)
  for (let c = 0; c < width; c += 4) {
    const panel = at(target, (c & ~7) * depth + (c & 7))
    for (let k = 0; k < depth; k += 4) {
      for (let r = 0; r < min(4, width - c); r++) {
        transformFilter(at(source, (c + r) * depth + k), 0 - stride, 4, corner + (<usize>r << 4), 64)
      }
      storeCorner(corner, at(panel, k << 3), step, 32)
    }
  }
}

/** Transforms `count` patches from tile `first` and packs each of their places as rows. */
function packPatches(
  w: Window,
  x: usize,
  first: i32,
  count: i32,
  target: usize,
  corner: usize,
  places: usize,
  zeros: usize,
): void {
  const channels = w.inChannels
  const step = stepOf(BLOCK_TILES * channels)
  for (let i = 0; i < count; i += TILE_ROWS) {
    for (let r = 0; r < TILE_ROWS; r++) {
      locatePatch(w, x, first + i + r, first + count, zeros, places + r * PLACES_BYTES)
    }
    for (let c = 0; c < channels; c += 4) {
      for (let r = 0; r < TILE_ROWS; r++) {
        transformPatch(places + r * PLACES_BYTES, at(0, c), corner + (<usize>r << 4), 64)
      }
      storeCorner(corner, at(target, i * channels + 4 * c), step, 16)
    }
  }
}

/** Bytes of scratch that `winogradForward` needs. */
export function winogradScratch(depth: i32, columns: i32): i32 {
  const width = min(columns, BLOCK_CHANNELS)
  const streams = filterStep(depth, width) + stepOf(BLOCK_TILES * depth) + stepOf(BLOCK_TILES * width)
  return TILE_SIZE * streams + CORNER_BYTES + TILE_ROWS * PLACES_BYTES + (depth << 2)
}

/** `y = x * filter`, with the filter turned by half a turn and its channels exchanged where `turned`. */
export function winogradForward(w: Window, x: usize, filter: usize, turned: bool, y: usize, scratch: usize): void {
  const depth = w.inChannels
  const columns = w.outChannels
  const count = w.batch * tilesOfMap(w)
  const patches = stepOf(BLOCK_TILES * depth)
  for (let j = 0; j < columns; j += BLOCK_CHANNELS) {
    const width = min(BLOCK_CHANNELS, columns - j)
    const filters = filterStep(depth, width)
    const products = stepOf(BLOCK_TILES * width)
    const packed = scratch + TILE_SIZE * filters
    const tiles = packed + TILE_SIZE * patches
    const corner = tiles + TILE_SIZE * products
    const places = corner + CORNER_BYTES
    const zeros = places + TILE_ROWS * PLACES_BYTES
    memory.fill(zeros, 0, at(0, depth))
    if (turned) packTurnedFilter(depth, columns, j, width, filter, scratch, corner)
    else packFilter(depth, columns, j, width, filter, scratch)
    for (let t = 0; t < count; t += BLOCK_TILES) {
      const rows = min(BLOCK_TILES, count - t)
      packPatches(w, x, t, rows, packed, corner, places, zeros)
      for (let p = 0; p < TILE_SIZE; p++) {
        multiplyPanels(rows, width, depth, packed + p * patches, scratch + p * filters, tiles + p * products, width, false)
      }
      for (let i = 0; i < rows; i++) {
        locateTile(w, y, t + i, 0, places)
        for (let k = 0; k < width; k += 4) {
          finishTile(at(tiles, i * width + k), products, places, at(0, j + k), width - k)
        }
      }
    }
  }
}

/** Bytes of scratch that `winogradInputGradient` needs. */
export function winogradInputGradientScratch(w: Window): i32 {
  return PLACES_BYTES + winogradScratch(w.outChannels, w.inChannels)
}

/** `dx = dy * turned filter`: a convolution of `dy` padded by what is left of 2. */
export function winogradInputGradient(w: Window, dy: usize, filter: usize, dx: usize, scratch: usize): void {
  const turned = changetype<Window>(scratch)
  memory.copy(scratch, changetype<usize>(w), offsetof<Window>())
  turned.inHeight = w.outHeight
  turned.inWidth = w.outWidth
  turned.inChannels = w.outChannels
  turned.outHeight = w.inHeight
  turned.outWidth = w.inWidth
  turned.outChannels = w.inChannels
  turned.padTop = 2 - w.padTop
  turned.padLeft = 2 - w.padLeft
  winogradForward(turned, dy, filter, true, dx, scratch + PLACES_BYTES)
}
