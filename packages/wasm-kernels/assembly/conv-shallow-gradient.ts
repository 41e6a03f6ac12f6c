import { fillStripe, listElements, stripeBytes } from './conv-shallow'
import { TILE_COLUMNS, TILE_ROWS, roundUp } from './gemm'
import { at, loadSome, min, multiplyAdd, storeEight } from './simd'
import { Window, fanIn, inputRow } from './window'

/** Bytes of scratch that `shallowFilterBlock` needs: where the elements of the filter lie in a stripe, and the stripe. */
export function shallowFilterScratch(w: Window): i32 {
  return (roundUp(fanIn(w), TILE_ROWS) << 2) + stripeBytes(w)
}

/** Prepares the scratch for `shallowFilterBlock`. */
export function startShallowFilter(w: Window, scratch: usize): void {
  memory.fill(scratch, 0, shallowFilterScratch(w))
  listElements(w, scratch)
}

/** `block = patches(x)ᵀ · dy` of one example, without packing: each element one running sum over its positions. */
export function shallowFilterBlock(w: Window, x: usize, dy: usize, example: i32, block: usize, scratch: usize): void {
  const rows = fanIn(w)
  const columns = w.outChannels
  const stripe = at(scratch, roundUp(rows, TILE_ROWS))
  const step = at(0, w.strideWidth * w.inChannels)
  const image = at(x, example * w.inHeight * w.inWidth * w.inChannels)
  memory.fill(block, 0, at(0, rows * columns))
  for (let line = 0; line < w.outHeight; line++) {
    fillStripe(w, image, inputRow(w, line, 0), stripe)
    const upstream = at(dy, (example * w.outHeight + line) * w.outWidth * columns)
    for (let k = 0; k < rows; k += TILE_ROWS) {
      for (let j = 0; j < columns; j += TILE_COLUMNS) {
        const target = at(block, k * columns + j)
        addTile(w.outWidth, stripe, step, at(scratch, k), at(upstream, j), columns, rows - k, columns - j, target)
      }
    }
  }
}

@inline
function loadHigh(source: usize, count: i32): v128 {
  return count > 4 ? loadSome(source + 16, count - 4) : f32x4.splat(0)
}

/** Adds the products over one row of outputs to a tile of four elements, listed in `places`, by eight channels. */
function addTile(
  positions: i32,
  stripe: usize,
  step: usize,
  places: usize,
  upstream: usize,
  stride: i32,
  rows: i32,
  columns: i32,
  target: usize,
): void {
  const rowBytes = at(0, stride)
  let a0 = stripe + load<usize>(places)
  let a1 = stripe + load<usize>(places, 4)
  let a2 = stripe + load<usize>(places, 8)
  let a3 = stripe + load<usize>(places, 12)
  const r1 = target + rowBytes * min(rows - 1, 1)
  const r2 = target + rowBytes * min(rows - 1, 2)
  const r3 = target + rowBytes * min(rows - 1, 3)
  let c00 = loadSome(target, columns)
  let c01 = loadHigh(target, columns)
  let c10 = loadSome(r1, columns)
  let c11 = loadHigh(r1, columns)
  let c20 = loadSome(r2, columns)
  let c21 = loadHigh(r2, columns)
  let c30 = loadSome(r3, columns)
  let c31 = loadHigh(r3, columns)
  for (let i = 0; i < positions; i++) {
    const b0 = loadSome(upstream, columns)
    const b1 = loadHigh(upstream, columns)
    let s = v128.load32_splat(a0)
    c00 = multiplyAdd(c00, s, b0)
    c01 = multiplyAdd(c01, s, b1)
    s = v128.load32_splat(a1)
    c10 = multiplyAdd(c10, s, b0)
    c11 = multiplyAdd(c11, s, b1)
    s = v128.load32_splat(a2)
    c20 = multiplyAdd(c20, s, b0)
    c21 = multiplyAdd(c21, s, b1)
    s = v128.load32_splat(a3)
    c30 = multiplyAdd(c30, s, b0)
    c31 = multiplyAdd(c31, s, b1)
    a0 += step
    a1 += step
    a2 += step
    a3 += step
    upstream += rowBytes
  }
  if (rows > 3) storeEight(r3, c30, c31, columns)
  if (rows > 2) storeEight(r2, c20, c21, columns)
  if (rows > 1) storeEight(r1, c10, c11, columns)
  storeEight(target, c00, c01, columns)
}
