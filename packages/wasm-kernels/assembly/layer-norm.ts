import { addTo, at, loadSome, min, storeSome } from './simd'
import { BLOCK_ROWS } from './reduce'

/** The sum of four lanes. */
@inline
export function sumOfLanes(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1))
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1)
}

/** The mean of a row. */
function meanOf(columns: i32, x: usize): f32 {
  let sum = f32x4.splat(0)
  for (let c = 0; c < columns; c += 4) sum = f32x4.add(sum, loadSome(at(x, c), columns - c))
  return sumOfLanes(sum) / <f32>columns
}

/** `1 / √(variance + ε)` of a row. */
function inverseOf(columns: i32, x: usize, mean: f32, epsilon: f32): f32 {
  const means = f32x4.splat(mean)
  let sum = f32x4.splat(0)
  let c = 0
  for (; c + 4 <= columns; c += 4) {
    const centred = f32x4.sub(v128.load(at(x, c)), means)
    sum = f32x4.add(sum, f32x4.mul(centred, centred))
  }
  let rest: f32 = 0
  for (; c < columns; c++) {
    const centred = load<f32>(at(x, c)) - mean
    rest += centred * centred
  }
  return <f32>1 / sqrt<f32>((sumOfLanes(sum) + rest) / <f32>columns + epsilon)
}

/** Layer normalisation of each row: `y = (x - mean) · inverse · scale + shift` with `inverse = 1 / √(variance + ε)`. */
export function layerNorm(rows: i32, columns: i32, x: usize, scale: usize, shift: usize, epsilon: f32, y: usize): void {
  for (let r = 0; r < rows; r++) {
    const mean = meanOf(columns, x)
    const means = f32x4.splat(mean)
    const inverses = f32x4.splat(inverseOf(columns, x, mean, epsilon))
    for (let c = 0; c < columns; c += 4) {
      const some = columns - c
      const standard = f32x4.mul(f32x4.sub(loadSome(at(x, c), some), means), inverses)
      const scaled = f32x4.mul(standard, loadSome(at(scale, c), some))
      storeSome(at(y, c), f32x4.add(scaled, loadSome(at(shift, c), some)), some)
    }
    x = at(x, columns)
    y = at(y, columns)
  }
}

/**
 * The gradient of one row in x, with `g = dy · scale` and `s = (x - mean) · inverse`:
 * `dx = inverse · (g - mean(g) - s · mean(g · s))`. Adds `dy · s` to `products` and dy to `sums`.
 */
function rowGradient(
  columns: i32,
  dy: usize,
  x: usize,
  scale: usize,
  epsilon: f32,
  dx: usize,
  products: usize,
  sums: usize,
): void {
  const mean = meanOf(columns, x)
  const inverse = inverseOf(columns, x, mean, epsilon)
  const means = f32x4.splat(mean)
  const inverses = f32x4.splat(inverse)
  let level = f32x4.splat(0)
  let tilt = f32x4.splat(0)
  for (let c = 0; c < columns; c += 4) {
    const some = columns - c
    const gradient = loadSome(at(dy, c), some)
    const standard = f32x4.mul(f32x4.sub(loadSome(at(x, c), some), means), inverses)
    const product = f32x4.mul(gradient, standard)
    const factor = loadSome(at(scale, c), some)
    level = f32x4.add(level, f32x4.mul(gradient, factor))
    tilt = f32x4.add(tilt, f32x4.mul(product, factor))
    storeSome(at(products, c), f32x4.add(loadSome(at(products, c), some), product), some)
    storeSome(at(sums, c), f32x4.add(loadSome(at(sums, c), some), gradient), some)
  }
  const levels = f32x4.splat(sumOfLanes(level) / <f32>columns)
  const tilts = f32x4.splat(sumOfLanes(tilt) / <f32>columns)
  for (let c = 0; c < columns; c += 4) {
    const some = columns - c
    const standard = f32x4.mul(f32x4.sub(loadSome(at(x, c), some), means), inverses)
    const g = f32x4.mul(loadSome(at(dy, c), some), loadSome(at(scale, c), some))
    const rest = f32x4.sub(f32x4.sub(g, levels), f32x4.mul(standard, tilts))
    storeSome(at(dx, c), f32x4.mul(rest, inverses), some)
  }
}

/** Gradients of `layerNorm` in x, scale and shift; `scratch` holds two rows. */
export function layerNormGradient(
  rows: i32,
  columns: i32,
  dy: usize,
  x: usize,
  scale: usize,
  epsilon: f32,
  dx: usize,
  dScale: usize,
  dShift: usize,
  scratch: usize,
): void {
  const bytes = at(0, columns)
  memory.fill(dScale, 0, bytes)
  memory.fill(dShift, 0, bytes)
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    memory.fill(scratch, 0, 2 * bytes)
    for (let r = first; r < min(rows, first + BLOCK_ROWS); r++) {
      const i = r * columns
      rowGradient(columns, at(dy, i), at(x, i), scale, epsilon, at(dx, i), scratch, scratch + bytes)
    }
    addTo(dScale, scratch, columns)
    addTo(dShift, scratch + bytes, columns)
  }
}
