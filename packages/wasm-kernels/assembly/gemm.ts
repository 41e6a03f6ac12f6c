import { addTo, at, min, multiplyAdd, storeTransposed } from './simd'

/** Rows and columns of the register tile. */
export const TILE_ROWS: i32 = 4
export const TILE_COLUMNS: i32 = 8
/** Depth of one packed block: sums longer than this are sums of block sums, in order. */
export const BLOCK_DEPTH: i32 = 256
/** Rows of A and columns of B packed at a time: 128 KB and 512 KB, sized for a second-level cache. */
export const BLOCK_ROWS: i32 = 128
export const BLOCK_COLUMNS: i32 = 512

/** How many times `size` fits into `count`, rounded up. */
@inline
export function ceilDiv(count: i32, size: i32): i32 {
  return (count + size - 1) / size
}

/** `count` rounded up to a multiple of `multiple`. */
@inline
export function roundUp(count: i32, multiple: i32): i32 {
  return ceilDiv(count, multiple) * multiple
}

/** Writes (or adds) the first `columns` of the eight numbers `low`, `high` to one row of C. */
@inline
function storeRow(target: usize, low: v128, high: v128, columns: i32, accumulate: bool): void {
  if (columns == TILE_COLUMNS) {
    if (accumulate) {
      low = f32x4.add(low, v128.load(target))
      high = f32x4.add(high, v128.load(target, 16))
    }
    v128.store(target, low)
    v128.store(target, high, 16)
    return
  }
  storePartialRow(target, low, high, columns, accumulate)
}

function storePartialRow(target: usize, low: v128, high: v128, columns: i32, accumulate: bool): void {
  let lanes = low
  if (columns >= 4) {
    v128.store(target, accumulate ? f32x4.add(low, v128.load(target)) : low)
    target += 16
    columns -= 4
    lanes = high
  }
  if (columns > 0) storeLane(target, f32x4.extract_lane(lanes, 0), accumulate)
  if (columns > 1) storeLane(target + 4, f32x4.extract_lane(lanes, 1), accumulate)
  if (columns > 2) storeLane(target + 8, f32x4.extract_lane(lanes, 2), accumulate)
}

@inline
function storeLane(target: usize, value: f32, accumulate: bool): void {
  store<f32>(target, accumulate ? load<f32>(target) + value : value)
}

/**
 * One tile of C: `C[rows, columns] (+)= A · B` over `depth`, with A packed as [depth, 4] and B as [depth, 8].
 * Every element is one running sum in the order of `depth`, whatever the tile's place and however much of it is used.
 */
function multiplyTile(
  depth: i32,
  a: usize,
  b: usize,
  c: usize,
  stride: usize,
  rows: i32,
  columns: i32,
  accumulate: bool,
): void {
  let c00 = f32x4.splat(0)
  let c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0)
  let c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0)
  let c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0)
  let c31 = f32x4.splat(0)
  const end = a + ((<usize>depth) << 4)
  while (a < end) {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    let s = v128.load32_splat(a)
    c00 = multiplyAdd(c00, s, b0)
    c01 = multiplyAdd(c01, s, b1)
    s = v128.load32_splat(a, 4)
    c10 = multiplyAdd(c10, s, b0)
    c11 = multiplyAdd(c11, s, b1)
    s = v128.load32_splat(a, 8)
    c20 = multiplyAdd(c20, s, b0)
    c21 = multiplyAdd(c21, s, b1)
    s = v128.load32_splat(a, 12)
    c30 = multiplyAdd(c30, s, b0)
    c31 = multiplyAdd(c31, s, b1)
    a += 16
    b += 32
  }
  storeRow(c, c00, c01, columns, accumulate)
  if (rows > 1) storeRow(c + stride, c10, c11, columns, accumulate)
  if (rows > 2) storeRow(c + 2 * stride, c20, c21, columns, accumulate)
  if (rows > 3) storeRow(c + 3 * stride, c30, c31, columns, accumulate)
}

/**
 * `multiplyTile` of a whole tile. It calls nothing: accumulators that are alive at a call are kept in memory instead of
 * registers. Loads come before the sums in the engine's order, so more rows or steps at a time do not fit its registers either.
 */
function multiplyWholeTile(depth: i32, a: usize, b: usize, c: usize, stride: usize, accumulate: bool): void {
  let c00 = f32x4.splat(0)
  let c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0)
  let c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0)
  let c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0)
  let c31 = f32x4.splat(0)
  const end = a + ((<usize>depth) << 4)
  do {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    let s = v128.load32_splat(a)
    c00 = multiplyAdd(c00, s, b0)
    c01 = multiplyAdd(c01, s, b1)
    s = v128.load32_splat(a, 4)
    c10 = multiplyAdd(c10, s, b0)
    c11 = multiplyAdd(c11, s, b1)
    s = v128.load32_splat(a, 8)
    c20 = multiplyAdd(c20, s, b0)
    c21 = multiplyAdd(c21, s, b1)
    s = v128.load32_splat(a, 12)
    c30 = multiplyAdd(c30, s, b0)
    c31 = multiplyAdd(c31, s, b1)
    a += 16
    b += 32
  } while (a < end)
  const d = c + stride
  const e = d + stride
  const f = e + stride
  if (accumulate) {
    c00 = f32x4.add(c00, v128.load(c))
    c01 = f32x4.add(c01, v128.load(c, 16))
    c10 = f32x4.add(c10, v128.load(d))
    c11 = f32x4.add(c11, v128.load(d, 16))
    c20 = f32x4.add(c20, v128.load(e))
    c21 = f32x4.add(c21, v128.load(e, 16))
    c30 = f32x4.add(c30, v128.load(f))
    c31 = f32x4.add(c31, v128.load(f, 16))
  }
  v128.store(c, c00)
  v128.store(c, c01, 16)
  v128.store(d, c10)
  v128.store(d, c11, 16)
  v128.store(e, c20)
  v128.store(e, c21, 16)
  v128.store(f, c30)
  v128.store(f, c31, 16)
}

/** `C[rows, columns] (+)= A · B` of packed panels; `stride` is the length of a row of C in numbers. */
export function multiplyPanels(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  b: usize,
  c: usize,
  stride: i32,
  accumulate: bool,
): void {
  const rowBytes = (<usize>stride) << 2
  for (let j = 0; j < columns; j += TILE_COLUMNS) {
    const panel = at(b, j * depth)
    const width = min(TILE_COLUMNS, columns - j)
    for (let i = 0; i < rows; i += TILE_ROWS) {
      const height = min(TILE_ROWS, rows - i)
      const target = at(c, i * stride + j)
      if (width == TILE_COLUMNS && height == TILE_ROWS && depth > 0) {
        multiplyWholeTile(depth, at(a, i * depth), panel, target, rowBytes, accumulate)
      } else multiplyTile(depth, at(a, i * depth), panel, target, rowBytes, height, width, accumulate)
    }
  }
}

/** Packs one full panel whose `width` elements lie side by side: a row of vectors per step. */
@inline
function packContiguous(width: i32, depth: i32, source: usize, depthStride: i32, target: usize): void {
  for (let k = 0; k < depth; k++) {
    const s = at(source, k * depthStride)
    v128.store(target, v128.load(s))
    if (width == 8) v128.store(target, v128.load(s, 16), 16)
    target += (<usize>width) << 2
  }
}

/** Packs one full panel whose `depth` elements lie side by side: 4×4 transposes. */
@inline
function packTransposed(width: i32, depth: i32, source: usize, stride: i32, target: usize): void {
  let k = 0
  for (; k + 4 <= depth; k += 4) {
    for (let r = 0; r < width; r += 4) {
      const s = at(source, r * stride + k)
      const step = (<usize>stride) << 2
      const out = at(target, k * width + r)
      storeTransposed(v128.load(s), v128.load(s + step), v128.load(s + 2 * step), v128.load(s + 3 * step), out, width << 2)
    }
  }
  for (; k < depth; k++) {
    for (let r = 0; r < width; r++) store<f32>(at(target, k * width + r), load<f32>(at(source, r * stride + k)))
  }
}

/** Packs `count` rows (or columns) of `depth` numbers into panels of `width`, the last one filled up with zeros. */
@inline
function pack(width: i32, count: i32, depth: i32, source: usize, stride: i32, depthStride: i32, target: usize): void {
  for (let i = 0; i < count; i += width) {
    const used = min(width, count - i)
    const s = at(source, i * stride)
    const d = at(target, i * depth)
    if (used == width && stride == 1) packContiguous(width, depth, s, depthStride, d)
    else if (used == width && depthStride == 1) packTransposed(width, depth, s, stride, d)
    else {
      for (let k = 0; k < depth; k++) {
        for (let r = 0; r < width; r++) {
          const value: f32 = r < used ? load<f32>(at(s, r * stride + k * depthStride)) : 0
          store<f32>(at(d, k * width + r), value)
        }
      }
    }
  }
}

export function packRows(rows: i32, depth: i32, source: usize, stride: i32, depthStride: i32, target: usize): void {
  pack(TILE_ROWS, rows, depth, source, stride, depthStride, target)
}

export function packColumns(columns: i32, depth: i32, source: usize, stride: i32, depthStride: i32, target: usize): void {
  pack(TILE_COLUMNS, columns, depth, source, stride, depthStride, target)
}

/** Packs all of B [depth, columns] block by block: block k starts at `target + k · roundUp(columns)` numbers. */
export function packAllColumns(columns: i32, depth: i32, source: usize, stride: i32, depthStride: i32, target: usize): void {
  const padded = roundUp(columns, TILE_COLUMNS)
  for (let k = 0; k < depth; k += BLOCK_DEPTH) {
    packColumns(columns, min(BLOCK_DEPTH, depth - k), at(source, k * depthStride), stride, depthStride, at(target, k * padded))
  }
}

/** Adds a row to `rows` rows that are `stride` numbers apart. */
function addBias(rows: i32, columns: i32, bias: usize, target: usize, stride: i32): void {
  for (let r = 0; r < rows; r++) addTo(at(target, r * stride), bias, columns)
}

/** Bytes of scratch that `gemm` and `convFilterGradient` need. */
export function gemmScratch(): i32 {
  return (BLOCK_DEPTH * (BLOCK_COLUMNS + BLOCK_ROWS)) << 2
}

/** The part of the scratch in which rows of A are packed; the columns of B are packed before it. */
@inline
export function rowScratch(scratch: usize): usize {
  return at(scratch, BLOCK_DEPTH * BLOCK_COLUMNS)
}

/**
 * `gemm` with a row `bias`, where it is not 0, added to each block of C while it is in the cache: the bits are those of adding it
 * afterwards.
 */
function multiplyAndAdd(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aRow: i32,
  aDepth: i32,
  b: usize,
  bDepth: i32,
  bColumn: i32,
  c: usize,
  accumulate: bool,
  bias: usize,
  scratch: usize,
): void {
  const packedRows = rowScratch(scratch)
  for (let j = 0; j < columns; j += BLOCK_COLUMNS) {
    const width = min(BLOCK_COLUMNS, columns - j)
    for (let k = 0; k < depth; k += BLOCK_DEPTH) {
      const length = min(BLOCK_DEPTH, depth - k)
      packColumns(width, length, at(b, j * bColumn + k * bDepth), bColumn, bDepth, scratch)
      for (let i = 0; i < rows; i += BLOCK_ROWS) {
        const height = min(BLOCK_ROWS, rows - i)
        const block = at(c, i * columns + j)
        packRows(height, length, at(a, i * aRow + k * aDepth), aRow, aDepth, packedRows)
        multiplyPanels(height, width, length, packedRows, scratch, block, columns, accumulate || k > 0)
        if (bias != 0 && k + length == depth) addBias(height, width, at(bias, j), block, columns)
      }
    }
  }
}

/**
 * `C (+)= A · B` for A [rows, depth], B [depth, columns] and C [rows, columns] with any strides of A and B, in numbers.
 *
 * Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008, §4.
 */
export function gemm(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aRow: i32,
  aDepth: i32,
  b: usize,
  bDepth: i32,
  bColumn: i32,
  c: usize,
  accumulate: bool,
  scratch: usize,
): void {
  if (depth == 0 && !accumulate) memory.fill(c, 0, ((<usize>rows) * columns) << 2)
  multiplyAndAdd(rows, columns, depth, a, aRow, aDepth, b, bDepth, bColumn, c, accumulate, 0, scratch)
}

/** `y = x · kernel + bias` for x [rows, depth] with depth > 0, kernel [depth, columns] and a bias of [columns]. */
export function dense(rows: i32, columns: i32, depth: i32, x: usize, kernel: usize, bias: usize, y: usize, scratch: usize): void {
  multiplyAndAdd(rows, columns, depth, x, depth, 1, kernel, columns, 1, y, false, bias, scratch)
}

/**
 * `C (+)= A · B` for A [rows, depth] and C [rows, columns], whose rows are `aStride` and `cStride` numbers apart, and B
 * packed by `packAllColumns`; `scratch` holds a block of rows.
 */
export function multiplyPacked(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aStride: i32,
  b: usize,
  c: usize,
  cStride: i32,
  accumulate: bool,
  scratch: usize,
): void {
  const padded = roundUp(columns, TILE_COLUMNS)
  for (let i = 0; i < rows; i += BLOCK_ROWS) {
    const height = min(BLOCK_ROWS, rows - i)
    for (let k = 0; k < depth; k += BLOCK_DEPTH) {
      const length = min(BLOCK_DEPTH, depth - k)
      packRows(height, length, at(a, i * aStride + k), aStride, 1, scratch)
      multiplyPanels(height, columns, length, scratch, at(b, k * padded), at(c, i * cStride), cStride, accumulate || k > 0)
    }
  }
}
