import { finishRows } from './elementwise'
import { TILE_COLUMNS, roundUp } from './gemm'
import { at, copyTo, min, multiplyAdd, storeEight } from './simd'
import { Window, fanIn, inputRow, inside } from './window'

/** Sums of at most this many products are too short to be worth packing. */
const SHALLOW: i32 = 36
/** Positions of the register tile. */
const TILE_POSITIONS: i32 = 4

/** Whether `convShallow` takes a window: by the length of its sums alone. */
@inline
export function isShallow(w: Window): bool {
  return fanIn(w) <= SHALLOW
}

/** Columns of the padded input row under a row of outputs, of one tile at least. */
@inline
function stripeColumns(w: Window): i32 {
  return (max(w.outWidth, TILE_POSITIONS) - 1) * w.strideWidth + (w.filterWidth - 1) * w.dilationWidth + 1
}

/** Bytes of a stripe: the padded input rows under a row of outputs. */
@inline
export function stripeBytes(w: Window): i32 {
  return (w.filterHeight * stripeColumns(w) * w.inChannels) << 2
}

/** Bytes of scratch that `convShallow` needs: the packed filter, where its elements lie in a stripe, and the stripe. */
export function convShallowScratch(w: Window): i32 {
  return ((fanIn(w) * (roundUp(w.outChannels, TILE_COLUMNS) + 1)) << 2) + stripeBytes(w)
}

/** Packs the filter as [columns / 8, elements, 8], zeros after the last column. */
function packFilter(w: Window, filter: usize, target: usize): void {
  for (let j = 0; j < w.outChannels; j += TILE_COLUMNS) {
    for (let k = 0; k < fanIn(w); k++) {
      for (let c = j; c < j + TILE_COLUMNS; c++) {
        store<f32>(target, c < w.outChannels ? load<f32>(at(filter, k * w.outChannels + c)) : 0)
        target += 4
      }
    }
  }
}

/** Lists the bytes from the start of a patch in a stripe to each element of the filter. */
export function listElements(w: Window, places: usize): void {
  for (let ky = 0; ky < w.filterHeight; ky++) {
    for (let kx = 0; kx < w.filterWidth; kx++) {
      for (let c = 0; c < w.inChannels; c++) {
        store<usize>(places, at(0, (ky * stripeColumns(w) + kx * w.dilationWidth) * w.inChannels + c))
        places += 4
      }
    }
  }
}

/** Copies the input rows under the output row that starts at input row `row`; the margins of `stripe` are zeros already. */
export function fillStripe(w: Window, image: usize, row: i32, stripe: usize): void {
  const columns = stripeColumns(w)
  const from = max<i32>(-w.padLeft, 0)
  const to = max<i32>(w.padLeft, 0)
  const count = min(w.inWidth - from, columns - to)
  const rowBytes = at(0, columns * w.inChannels)
  for (let ky = 0; ky < w.filterHeight; ky++, stripe += rowBytes) {
    const y = row + ky * w.dilationHeight
    if (!inside(y, w.inHeight)) memory.fill(stripe, 0, rowBytes)
    else if (count > 0) {
      copyTo(at(stripe, to * w.inChannels), at(image, (y * w.inWidth + from) * w.inChannels), count * w.inChannels)
    }
  }
}

/**
 * `y = clip(x * filter + bias)` without packed patches, for filters of few elements over few channels. Each output is
 * one running sum in the order (filter row, column, channel), as in `convForward`, whatever its place.
 */
export function convShallow(w: Window, x: usize, filter: usize, bias: usize, low: f32, high: f32, y: usize, scratch: usize): void {
  const columns = w.outChannels
  const depth = fanIn(w)
  const places = at(scratch, depth * roundUp(columns, TILE_COLUMNS))
  const stripe = at(places, depth)
  const step = at(0, w.strideWidth * w.inChannels)
  packFilter(w, filter, scratch)
  listElements(w, places)
  memory.fill(stripe, 0, stripeBytes(w))
  for (let line = 0; line < w.batch * w.outHeight; line++) {
    const example = line / w.outHeight
    const image = at(x, example * w.inHeight * w.inWidth * w.inChannels)
    const out = at(y, line * w.outWidth * columns)
    fillStripe(w, image, inputRow(w, line - example * w.outHeight, 0), stripe)
    for (let ox = 0; ox < w.outWidth; ox += TILE_POSITIONS) {
      // The last tile starts early where it would pass the end: what it computes twice has the same bits.
      const first = max<i32>(0, min(ox, w.outWidth - TILE_POSITIONS))
      const rows = min(w.outWidth, TILE_POSITIONS)
      fourPositions(stripe + <usize>first * step, step, places, depth, scratch, columns, rows, at(out, first * columns))
    }
    finishRows(w.outWidth, columns, bias, low, high, out)
  }
}

/** All columns of `rows` neighbouring positions, of four. */
function fourPositions(
  patch: usize,
  step: usize,
  places: usize,
  depth: i32,
  filter: usize,
  columns: i32,
  rows: i32,
  target: usize,
): void {
  const rowBytes = at(0, columns)
  const end = at(places, depth)
  let f = filter
  for (let j = 0; j < columns; j += TILE_COLUMNS) {
    let c00 = f32x4.splat(0)
    let c01 = f32x4.splat(0)
    let c10 = f32x4.splat(0)
    let c11 = f32x4.splat(0)
    let c20 = f32x4.splat(0)
    let c21 = f32x4.splat(0)
    let c30 = f32x4.splat(0)
    let c31 = f32x4.splat(0)
    for (let place = places; place < end; place += 4) {
      const s = patch + load<usize>(place)
      const f0 = v128.load(f)
      const f1 = v128.load(f, 16)
      let value = v128.load32_splat(s)
      c00 = multiplyAdd(c00, value, f0)
      c01 = multiplyAdd(c01, value, f1)
      value = v128.load32_splat(s + step)
      c10 = multiplyAdd(c10, value, f0)
      c11 = multiplyAdd(c11, value, f1)
      value = v128.load32_splat(s + 2 * step)
      c20 = multiplyAdd(c20, value, f0)
      c21 = multiplyAdd(c21, value, f1)
      value = v128.load32_splat(s + 3 * step)
      c30 = multiplyAdd(c30, value, f0)
      c31 = multiplyAdd(c31, value, f1)
      f += 32
    }
    const out = at(target, j)
    storeEight(out, c00, c01, columns - j)
    if (rows > 1) storeEight(out + rowBytes, c10, c11, columns - j)
    if (rows > 2) storeEight(out + 2 * rowBytes, c20, c21, columns - j)
    if (rows > 3) storeEight(out + 3 * rowBytes, c30, c31, columns - j)
  }
}
