import { at, storeTransposed } from './simd'

/** Rows of the tile in which a matrix is transposed, so that both sides stay in the first-level cache. */
const TILE: i32 = 32

/** Copies `rows` runs of `length` 4-byte numbers; the strides are in numbers. */
function copyRows(source: usize, target: usize, rows: i32, length: i32, sourceStride: i32, targetStride: i32): void {
  for (let r = 0; r < rows; r++) {
    const s = at(source, r * sourceStride)
    const t = at(target, r * targetStride)
    if (length >= 32) {
      memory.copy(t, s, (<usize>length) << 2)
      continue
    }
    let i = 0
    for (; i + 4 <= length; i += 4) v128.store(at(t, i), v128.load(at(s, i)))
    for (; i < length; i++) store<u32>(at(t, i), load<u32>(at(s, i)))
  }
}

/** `copyRows` over `planes` planes. */
export function copyPlanes(
  source: usize,
  target: usize,
  planes: i32,
  rows: i32,
  length: i32,
  sourcePlane: i32,
  sourceStride: i32,
  targetPlane: i32,
  targetStride: i32,
): void {
  for (let p = 0; p < planes; p++) {
    copyRows(at(source, p * sourcePlane), at(target, p * targetPlane), rows, length, sourceStride, targetStride)
  }
}

@inline
function transposeTile(x: usize, rows: i32, columns: i32, firstRow: i32, lastRow: i32, firstColumn: i32, lastColumn: i32, y: usize): void {
  const rowStep = at(0, columns)
  let r = firstRow
  for (; r + 4 <= lastRow; r += 4) {
    let c = firstColumn
    for (; c + 4 <= lastColumn; c += 4) {
      const s = at(x, r * columns + c)
      const r2 = v128.load(s + 2 * rowStep)
      const r3 = v128.load(s + 3 * rowStep)
      storeTransposed(v128.load(s), v128.load(s + rowStep), r2, r3, at(y, c * rows + r), at(0, rows))
    }
    for (; c < lastColumn; c++) {
      for (let i = r; i < r + 4; i++) store<u32>(at(y, c * rows + i), load<u32>(at(x, i * columns + c)))
    }
  }
  for (; r < lastRow; r++) {
    for (let c = firstColumn; c < lastColumn; c++) store<u32>(at(y, c * rows + r), load<u32>(at(x, r * columns + c)))
  }
}

/** `y[c, r] = x[r, c]` for 4-byte numbers. */
export function transpose(rows: i32, columns: i32, x: usize, y: usize): void {
  for (let r = 0; r < rows; r += TILE) {
    for (let c = 0; c < columns; c += TILE) {
      const lastRow = r + TILE < rows ? r + TILE : rows
      const lastColumn = c + TILE < columns ? c + TILE : columns
      transposeTile(x, rows, columns, r, lastRow, c, lastColumn, y)
    }
  }
}
