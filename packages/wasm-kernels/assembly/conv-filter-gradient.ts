import {
  BLOCK_COLUMNS,
  BLOCK_DEPTH,
  BLOCK_ROWS,
  TILE_ROWS,
  ceilDiv,
  gemmScratch,
  multiplyPanels,
  packColumns,
  packRows,
  rowScratch,
} from './gemm'
import { isShallow } from './conv-shallow'
import { shallowFilterBlock, shallowFilterScratch, startShallowFilter } from './conv-shallow-gradient'
import { Mixture, MixtureGradient } from './mixture'
import { clearGradient, spreadBias, spreadBlock } from './mixture-gradient'
import { addTo, at, min } from './simd'
import { Window, fanIn, inputColumn, inputRow, inside, isPointwise, positions } from './window'
import { BLOCK_TILES, winogradFilterBlock, winogradFilterScratch } from './winograd-filter'
import { BLOCK_CHANNELS, isWinograd, tilesOfMap } from './winograd-tiles'

/** Writes `count` zeros of `lanes` numbers each, four numbers apart. */
@inline
function packZeros(lanes: i32, count: i32, target: usize): void {
  for (let i = 0; i < count; i++) {
    if (lanes == 4) v128.store(target, i32x4.splat(0))
    else store<f32>(target, 0)
    target += 16
  }
}

/** Copies `lanes` channels of `count` neighbouring positions of one output row, zeros in the padding. */
@inline
function packRun(lanes: i32, w: Window, source: usize, column: i32, count: i32, target: usize): void {
  const step = at(0, w.strideWidth * w.inChannels)
  for (let i = 0; i < count; i++) {
    const valid = inside(column, w.inWidth)
    if (lanes == 4) v128.store(target, valid ? v128.load(source) : i32x4.splat(0))
    else store<f32>(target, valid ? load<f32>(source) : 0)
    target += 16
    source += step
    column += w.strideWidth
  }
}

/** Packs `lanes` filter elements from `element` as they see the positions from `first`: [length, 4], `lanes` used. */
@inline
function packElements(lanes: i32, w: Window, x: usize, element: i32, first: i32, length: i32, target: usize): void {
  const tap = element / w.inChannels
  const channel = element - tap * w.inChannels
  const ky = tap / w.filterWidth
  const kx = tap - ky * w.filterWidth
  const end = first + length
  let position = first
  while (position < end) {
    const line = position / w.outWidth
    const ox = position - line * w.outWidth
    const example = line / w.outHeight
    const iy = inputRow(w, line - example * w.outHeight, ky)
    const ix = inputColumn(w, ox, kx)
    const count = min(w.outWidth - ox, end - position)
    const out = at(target, (position - first) * TILE_ROWS)
    const source = at(x, ((example * w.inHeight + iy) * w.inWidth + ix) * w.inChannels + channel)
    if (inside(iy, w.inHeight)) packRun(lanes, w, source, ix, count, out)
    else packZeros(lanes, count, out)
    position += count
  }
}

/** Packs the transposed patches: rows are filter elements from `element`, depth is positions from `first`. */
function packTransposedPatches(
  w: Window,
  x: usize,
  element: i32,
  rows: i32,
  first: i32,
  length: i32,
  target: usize,
): void {
  if (isPointwise(w)) {
    packRows(rows, length, at(x, first * w.inChannels + element), 1, w.inChannels, target)
    return
  }
  for (let i = 0; i < rows; i += TILE_ROWS) {
    const panel = at(target, i * length)
    const used = min(TILE_ROWS, rows - i)
    if ((w.inChannels & 3) == 0) packElements(4, w, x, element + i, first, length, panel)
    else {
      for (let r = 0; r < used; r++) packElements(1, w, x, element + i + r, first, length, at(panel, r))
      for (let r = used; r < TILE_ROWS; r++) packZeros(1, length, at(panel, r))
    }
  }
}

/** Maps of fewer output positions are too small to be summed example by example. */
const SMALLEST_MAP: i32 = 36

/**
 * Walks the kernel gradient in blocks: `dw += patches(x)ᵀ · dy` over the positions of one example after the other, each
 * example's in equal blocks of at most 256. With a mixture each block is spread over its branches instead. The order
 * depends on the size of the map alone, so that an example adds the same bits with and without a mixture.
 */
function addFilterBlocks(w: Window, x: usize, dy: usize, dw: usize, m: usize, d: usize, scratch: usize): void {
  const rows = fanIn(w)
  const columns = w.outChannels
  const depth = positions(w)
  const map = w.outHeight * w.outWidth
  const run = map < SMALLEST_MAP ? depth : map
  const step = map < SMALLEST_MAP ? BLOCK_DEPTH : ceilDiv(map, ceilDiv(map, BLOCK_DEPTH))
  const packedRows = rowScratch(scratch)
  const block = at(scratch, gemmScratch() >> 2)
  for (let j = 0; j < columns; j += BLOCK_COLUMNS) {
    const width = min(BLOCK_COLUMNS, columns - j)
    for (let k = 0; k < depth; ) {
      const length = min(step, run - (k % run))
      packColumns(width, length, at(dy, j + k * columns), 1, columns, scratch)
      for (let i = 0; i < rows; i += BLOCK_ROWS) {
        const height = min(BLOCK_ROWS, rows - i)
        packTransposedPatches(w, x, i, height, k, length, packedRows)
        const place = i * columns + j
        if (!m) multiplyPanels(height, width, length, packedRows, scratch, at(dw, place), columns, true)
        else {
          multiplyPanels(height, width, length, packedRows, scratch, block, width, false)
          const mixture = changetype<Mixture>(m)
          spreadBlock(mixture, changetype<MixtureGradient>(d), k / map, height, width, block, place, j, columns)
        }
      }
      k += length
    }
  }
}

/** Adds a block of [rows, width] to columns of a matrix of `stride` columns. */
function addBlock(target: usize, stride: i32, block: usize, rows: i32, width: i32): void {
  for (let r = 0; r < rows; r++) addTo(at(target, r * stride), at(block, r * width), width)
}

/** The same walk in blocks of transformed tiles. */
function addTileBlocks(w: Window, x: usize, dy: usize, dw: usize, m: usize, d: usize, scratch: usize): void {
  const rows = fanIn(w)
  const columns = w.outChannels
  const map = tilesOfMap(w)
  const tiles = w.batch * map
  const run = w.outHeight * w.outWidth < SMALLEST_MAP ? tiles : map
  const step = ceilDiv(run, ceilDiv(run, BLOCK_TILES))
  const block = scratch + winogradFilterScratch(w)
  for (let j = 0; j < columns; j += BLOCK_CHANNELS) {
    const width = min(BLOCK_CHANNELS, columns - j)
    for (let t = 0; t < tiles; ) {
      const length = min(step, run - (t % run))
      winogradFilterBlock(w, x, dy, t, length, j, width, block, scratch)
      if (!m) addBlock(at(dw, j), columns, block, rows, width)
      else {
        const mixture = changetype<Mixture>(m)
        spreadBlock(mixture, changetype<MixtureGradient>(d), t / map, rows, width, block, j, j, columns)
      }
      t += length
    }
  }
}

/** The same walk example by example, for filters of few elements over few channels. */
function addExampleBlocks(w: Window, x: usize, dy: usize, dw: usize, m: usize, d: usize, scratch: usize): void {
  const rows = fanIn(w)
  const columns = w.outChannels
  const block = scratch + shallowFilterScratch(w)
  startShallowFilter(w, scratch)
  for (let example = 0; example < w.batch; example++) {
    shallowFilterBlock(w, x, dy, example, block, scratch)
    if (!m) addTo(dw, block, rows * columns)
    else {
      const mixture = changetype<Mixture>(m)
      spreadBlock(mixture, changetype<MixtureGradient>(d), example, rows, columns, block, 0, 0, columns)
    }
  }
}

/** Walks the kernel gradient by the method of the window. */
function addBlocks(w: Window, x: usize, dy: usize, dw: usize, m: usize, d: usize, scratch: usize): void {
  if (isShallow(w)) addExampleBlocks(w, x, dy, dw, m, d, scratch)
  else if (isWinograd(w, w.inChannels)) addTileBlocks(w, x, dy, dw, m, d, scratch)
  else addFilterBlocks(w, x, dy, dw, m, d, scratch)
}

/** Bytes of scratch that `convFilterGradient` and `mixtureGradient` need: as for `gemm`, and one block of the gradient. */
export function convFilterGradientScratch(w: Window): i32 {
  if (isShallow(w)) return shallowFilterScratch(w) + ((fanIn(w) * w.outChannels) << 2)
  if (isWinograd(w, w.inChannels)) return winogradFilterScratch(w) + ((fanIn(w) * min(BLOCK_CHANNELS, w.outChannels)) << 2)
  return gemmScratch() + ((BLOCK_ROWS * min(BLOCK_COLUMNS, w.outChannels)) << 2)
}

/** `dw = patches(x)ᵀ · dy`. */
export function convFilterGradient(w: Window, x: usize, dy: usize, dw: usize, scratch: usize): void {
  memory.fill(dw, 0, ((<usize>fanIn(w)) * w.outChannels) << 2)
  addBlocks(w, x, dy, dw, 0, 0, scratch)
}

/** Gradients of a mixed convolution over all examples in its kernels but the source's, its biases and gates. */
export function mixtureGradient(w: Window, m: Mixture, d: MixtureGradient, x: usize, dy: usize, scratch: usize): void {
  clearGradient(m, d, w.batch, fanIn(w), w.outChannels)
  addBlocks(w, x, dy, 0, changetype<usize>(m), changetype<usize>(d), scratch)
  if (m.sourceBias) spreadBias(m, d, positions(w), w.outHeight * w.outWidth, w.outChannels, dy)
}

