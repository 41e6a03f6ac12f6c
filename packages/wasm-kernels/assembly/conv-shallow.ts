import { at, loadSome, min, multiplyAdd, storeSome } from './simd'
import { Window, fanIn, inputColumn, inputRow, inside } from './window'

/** Sums of at most this many products are too short to be worth packing. */
const SHALLOW: i32 = 36
/** Positions and columns of the register tile. */
const TILE_POSITIONS: i32 = 4
const TILE_COLUMNS: i32 = 8

/** Whether `convShallow` takes a window: by the length of its sums alone. */
@inline
export function isShallow(w: Window): bool {
  return fanIn(w) <= SHALLOW
}

/**
 * `y = x * filter` without packing, for filters of few elements over few channels. Each output is one running sum in the
 * order (filter row, column, channel), as in `convForward`, whatever its place; elements in the padding are left out.
 */
export function convShallow(w: Window, x: usize, filter: usize, y: usize): void {
  const columns = w.outChannels
  const begin = min(w.outWidth, (max<i32>(w.padLeft, 0) + w.strideWidth - 1) / w.strideWidth)
  const last = w.inWidth - 1 + w.padLeft - (w.filterWidth - 1) * w.dilationWidth
  const end = last < 0 ? begin : max<i32>(begin, min(w.outWidth, last / w.strideWidth + 1))
  for (let line = 0; line < w.batch * w.outHeight; line++) {
    const example = line / w.outHeight
    const image = at(x, example * w.inHeight * w.inWidth * w.inChannels)
    const row = inputRow(w, line - example * w.outHeight, 0)
    const out = at(y, line * w.outWidth * columns)
    let ox = 0
    for (; ox < begin; ox++) onePosition(w, image, row, inputColumn(w, ox, 0), filter, 0, at(out, ox * columns))
    for (; ox + TILE_POSITIONS <= end; ox += TILE_POSITIONS) {
      fourPositions(w, image, row, inputColumn(w, ox, 0), filter, at(out, ox * columns))
    }
    for (; ox < w.outWidth; ox++) onePosition(w, image, row, inputColumn(w, ox, 0), filter, 0, at(out, ox * columns))
  }
}

/** The columns from `from` on of one position, whose patch may lie in the padding. */
function onePosition(w: Window, image: usize, row: i32, column: i32, filter: usize, from: i32, target: usize): void {
  const columns = w.outChannels
  for (let j = from; j < columns; j += 4) {
    let sum = f32x4.splat(0)
    let f = at(filter, j)
    for (let ky = 0; ky < w.filterHeight; ky++) {
      for (let kx = 0; kx < w.filterWidth; kx++) {
        const r = row + ky * w.dilationHeight
        const c = column + kx * w.dilationWidth
        const valid = inside(r, w.inHeight) && inside(c, w.inWidth)
        const source = at(image, (r * w.inWidth + c) * w.inChannels)
        for (let channel = 0; channel < w.inChannels; channel++) {
          if (valid) sum = multiplyAdd(sum, v128.load32_splat(at(source, channel)), loadSome(f, columns - j))
          f = at(f, columns)
        }
      }
    }
    storeSome(at(target, j), sum, columns - j)
  }
}

/** All columns of four neighbouring positions whose patches lie inside from left to right. */
function fourPositions(w: Window, image: usize, row: i32, column: i32, filter: usize, target: usize): void {
  const columns = w.outChannels
  const step = at(0, w.strideWidth * w.inChannels)
  const tapBytes = at(0, w.dilationWidth * w.inChannels)
  const rowBytes = at(0, columns)
  let j = 0
  for (; j + TILE_COLUMNS <= columns; j += TILE_COLUMNS) {
    let c00 = f32x4.splat(0)
    let c01 = f32x4.splat(0)
    let c10 = f32x4.splat(0)
    let c11 = f32x4.splat(0)
    let c20 = f32x4.splat(0)
    let c21 = f32x4.splat(0)
    let c30 = f32x4.splat(0)
    let c31 = f32x4.splat(0)
    let f = at(filter, j)
    for (let ky = 0; ky < w.filterHeight; ky++) {
      const r = row + ky * w.dilationHeight
      if (!inside(r, w.inHeight)) {
        f += <usize>(w.filterWidth * w.inChannels) * rowBytes
        continue
      }
      let tap = at(image, (r * w.inWidth + column) * w.inChannels)
      for (let kx = 0; kx < w.filterWidth; kx++, tap += tapBytes) {
        let s = tap
        for (let channel = 0; channel < w.inChannels; channel++) {
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
          f += rowBytes
          s += 4
        }
      }
    }
    const out = at(target, j)
    v128.store(out, c00)
    v128.store(out, c01, 16)
    v128.store(out + rowBytes, c10)
    v128.store(out + rowBytes, c11, 16)
    v128.store(out + 2 * rowBytes, c20)
    v128.store(out + 2 * rowBytes, c21, 16)
    v128.store(out + 3 * rowBytes, c30)
    v128.store(out + 3 * rowBytes, c31, 16)
  }
  if (j == columns) return
  for (let i = 0; i < TILE_POSITIONS; i++) {
    onePosition(w, image, row, column + i * w.strideWidth, filter, j, target + <usize>i * rowBytes)
  }
}
