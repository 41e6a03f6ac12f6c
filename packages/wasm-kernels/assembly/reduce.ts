import { addTo, at, min } from './simd'

/** Rows summed before the sum is added to the total, which keeps rounding errors of long sums small. */
export const BLOCK_ROWS: i32 = 256

/** Adds rows `first` to `end` of `vectors` · 4 columns to `sums`. */
@inline
function addColumns(vectors: i32, source: usize, rows: i32, stride: usize, sums: usize): void {
  let a = f32x4.splat(0)
  let b = a
  let c = a
  let d = a
  for (let r = 0; r < rows; r++) {
    a = f32x4.add(a, v128.load(source))
    if (vectors == 4) {
      b = f32x4.add(b, v128.load(source, 16))
      c = f32x4.add(c, v128.load(source, 32))
      d = f32x4.add(d, v128.load(source, 48))
    }
    source += stride
  }
  v128.store(sums, f32x4.add(v128.load(sums), a))
  if (vectors == 4) {
    v128.store(sums, f32x4.add(v128.load(sums, 16), b), 16)
    v128.store(sums, f32x4.add(v128.load(sums, 32), c), 32)
    v128.store(sums, f32x4.add(v128.load(sums, 48), d), 48)
  }
}

@inline
function addColumn(source: usize, rows: i32, stride: usize, sum: usize): void {
  let total: f32 = 0
  for (let r = 0; r < rows; r++) {
    total += load<f32>(source)
    source += stride
  }
  store<f32>(sum, load<f32>(sum) + total)
}

/** `sums[c] = scale · Σ_r x[r, c]`: blocks of rows in order, so a column's sum does not depend on the others. */
export function sumColumns(rows: i32, columns: i32, x: usize, sums: usize, scale: f32): void {
  const stride = at(0, columns)
  memory.fill(sums, 0, stride)
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - first)
    const block = at(x, first * columns)
    let c = 0
    for (; c + 16 <= columns; c += 16) addColumns(4, at(block, c), count, stride, at(sums, c))
    for (; c + 4 <= columns; c += 4) addColumns(1, at(block, c), count, stride, at(sums, c))
    for (; c < columns; c++) addColumn(at(block, c), count, stride, at(sums, c))
  }
  if (scale != 1) for (let c = 0; c < columns; c++) store<f32>(at(sums, c), load<f32>(at(sums, c)) * scale)
}

/** `sums[s] = Σ x[i]` over the rows i with `ids[i] == s`; rows with ids outside `0 ≤ s < segments` are dropped. */
export function sumSegments(rows: i32, columns: i32, x: usize, ids: usize, segments: i32, sums: usize): void {
  memory.fill(sums, 0, (<usize>segments * columns) << 2)
  for (let i = 0; i < rows; i++) {
    const segment = load<i32>(at(ids, i))
    if (<u32>segment < <u32>segments) addTo(at(sums, segment * columns), at(x, i * columns), columns)
  }
}
