import { addTo, at, loadSome, min, storeSome } from './simd'
import { sumColumns } from './reduce'

/** Rows summed before the sum is added to the total. */
const BLOCK_ROWS: i32 = 256

/** Adds to `squares` the columns' sums of `(x - mean)²` over a block of rows; `partial` is scratch for one row. */
function addSquares(rows: i32, columns: i32, x: usize, mean: usize, partial: usize, squares: usize): void {
  memory.fill(partial, 0, at(0, columns))
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c += 4) {
      const some = columns - c
      const centred = f32x4.sub(loadSome(at(x, r * columns + c), some), loadSome(at(mean, c), some))
      const sum = f32x4.add(loadSome(at(partial, c), some), f32x4.mul(centred, centred))
      storeSome(at(partial, c), sum, some)
    }
  }
  addTo(squares, partial, columns)
}

/**
 * Batch normalisation over the rows of x [rows, columns]: `y = (x - mean) · scale · inverse + offset` with
 * `inverse = 1 / √(variance + ε)`. Writes mean, variance and inverse [columns] too; `scratch` holds one row.
 */
export function batchNorm(
  rows: i32,
  columns: i32,
  x: usize,
  scale: usize,
  offset: usize,
  epsilon: f32,
  y: usize,
  mean: usize,
  variance: usize,
  inverse: usize,
  scratch: usize,
): void {
  sumColumns(rows, columns, x, mean, <f32>1 / <f32>rows)
  memory.fill(variance, 0, at(0, columns))
  for (let r = 0; r < rows; r += BLOCK_ROWS) {
    addSquares(min(BLOCK_ROWS, rows - r), columns, at(x, r * columns), mean, scratch, variance)
  }
  for (let c = 0; c < columns; c++) {
    const value = load<f32>(at(variance, c)) / <f32>rows
    const inverted = <f32>1 / sqrt<f32>(value + epsilon)
    store<f32>(at(variance, c), value)
    store<f32>(at(inverse, c), inverted)
    store<f32>(at(scratch, c), load<f32>(at(scale, c)) * inverted)
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c += 4) {
      const some = columns - c
      const i = r * columns + c
      const centred = f32x4.sub(loadSome(at(x, i), some), loadSome(at(mean, c), some))
      const scaled = f32x4.mul(centred, loadSome(at(scratch, c), some))
      storeSome(at(y, i), f32x4.add(scaled, loadSome(at(offset, c), some)), some)
    }
  }
}

/** Adds to `sums` the columns' sums of dy and of `dy · (x - mean)` over a block of rows; `partial` holds two rows. */
function addProducts(
  rows: i32,
  columns: i32,
  dy: usize,
  x: usize,
  mean: usize,
  partial: usize,
  dOffset: usize,
  dScale: usize,
): void {
  const products = at(partial, columns)
  memory.fill(partial, 0, at(0, 2 * columns))
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c += 4) {
      const some = columns - c
      const i = r * columns + c
      const gradient = loadSome(at(dy, i), some)
      const centred = f32x4.sub(loadSome(at(x, i), some), loadSome(at(mean, c), some))
      storeSome(at(partial, c), f32x4.add(loadSome(at(partial, c), some), gradient), some)
      storeSome(at(products, c), f32x4.add(loadSome(at(products, c), some), f32x4.mul(gradient, centred)), some)
    }
  }
  addTo(dOffset, partial, columns)
  addTo(dScale, products, columns)
}

/**
 * Gradients of `batchNorm`'s y in x, scale and offset:
 * `dx = scale · inverse · (dy - mean(dy) - (x - mean) · inverse² · mean(dy · (x - mean)))`. `scratch` holds three rows.
 */
export function batchNormGradient(
  rows: i32,
  columns: i32,
  dy: usize,
  x: usize,
  scale: usize,
  mean: usize,
  inverse: usize,
  dx: usize,
  dScale: usize,
  dOffset: usize,
  scratch: usize,
): void {
  memory.fill(dScale, 0, at(0, columns))
  memory.fill(dOffset, 0, at(0, columns))
  for (let r = 0; r < rows; r += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - r)
    addProducts(count, columns, at(dy, r * columns), at(x, r * columns), mean, scratch, dOffset, dScale)
  }
  const slope = at(scratch, columns)
  const factor = at(slope, columns)
  for (let c = 0; c < columns; c++) {
    const inverted = load<f32>(at(inverse, c))
    const product = load<f32>(at(dScale, c))
    store<f32>(at(scratch, c), load<f32>(at(dOffset, c)) / <f32>rows)
    store<f32>(at(slope, c), (product * inverted * inverted) / <f32>rows)
    store<f32>(at(factor, c), load<f32>(at(scale, c)) * inverted)
    store<f32>(at(dScale, c), product * inverted)
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c += 4) {
      const some = columns - c
      const i = r * columns + c
      const centred = f32x4.sub(loadSome(at(x, i), some), loadSome(at(mean, c), some))
      const level = f32x4.sub(loadSome(at(dy, i), some), loadSome(at(scratch, c), some))
      const rest = f32x4.sub(level, f32x4.mul(centred, loadSome(at(slope, c), some)))
      storeSome(at(dx, i), f32x4.mul(rest, loadSome(at(factor, c), some)), some)
    }
  }
}
