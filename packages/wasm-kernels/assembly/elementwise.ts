import { at, loadSome, storeSome } from './simd'

/** The bounds of a result that is not clipped. */
export const LOWEST: f32 = -<f32>Infinity
export const HIGHEST: f32 = <f32>Infinity

/** Adds `bias` (where it is not 0) to every row of a matrix and clips it to [low, high]; NaN stays NaN. */
export function finishRows(rows: i32, columns: i32, bias: usize, low: f32, high: f32, target: usize): void {
  if (!bias && low == LOWEST && high == HIGHEST) return
  const least = f32x4.splat(low)
  const most = f32x4.splat(high)
  for (let r = 0; r < rows; r++) {
    const row = at(target, r * columns)
    let c = 0
    for (; c + 4 <= columns; c += 4) {
      const p = at(row, c)
      let value = v128.load(p)
      if (bias) value = f32x4.add(value, v128.load(at(bias, c)))
      v128.store(p, f32x4.min(f32x4.max(value, least), most))
    }
    for (; c < columns; c++) {
      const p = at(row, c)
      let value = load<f32>(p)
      if (bias) value += load<f32>(at(bias, c))
      store<f32>(p, min<f32>(max<f32>(value, low), high))
    }
  }
}

/** `y = x + row`, the row added to each of `rows` rows. */
export function addRow(rows: i32, columns: i32, x: usize, row: usize, y: usize): void {
  const whole = columns & ~3
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < whole; c += 4) v128.store(at(y, c), f32x4.add(v128.load(at(x, c)), v128.load(at(row, c))))
    for (let c = whole; c < columns; c++) store<f32>(at(y, c), load<f32>(at(x, c)) + load<f32>(at(row, c)))
    x = at(x, columns)
    y = at(y, columns)
  }
}

/** `dx = dy` where `0 < y <= limit`, else 0. */
export function rectifierGradient(count: i32, dy: usize, y: usize, limit: f32, dx: usize): void {
  const zero = f32x4.splat(0)
  const most = f32x4.splat(limit)
  for (let i = 0; i < count; i += 4) {
    const value = loadSome(at(y, i), count - i)
    const open = v128.and(f32x4.gt(value, zero), f32x4.le(value, most))
    storeSome(at(dx, i), v128.and(loadSome(at(dy, i), count - i), open), count - i)
  }
}

/** Thresholds of at least 2 mark the entries of a gate that keep its own openness. */
const KEPT: f32 = 2

/** In the place of each threshold: 1 where the openness of its channel is above it, else 0; the openness itself at `KEPT`. */
export function drawGate(examples: i32, channels: i32, open: usize, gate: usize): void {
  for (let example = 0; example < examples; example++) {
    const row = at(gate, example * channels)
    for (let c = 0; c < channels; c += 4) {
      const some = channels - c
      const g = loadSome(at(open, c), some)
      const threshold = loadSome(at(row, c), some)
      const draw = v128.and(f32x4.lt(threshold, g), f32x4.splat(1))
      storeSome(at(row, c), v128.bitselect(draw, g, f32x4.lt(threshold, f32x4.splat(KEPT))), some)
    }
  }
}

/**
 * One step of Adam: `m ← β₁m + (1 - β₁)g`, `v ← β₂v + (1 - β₂)g²`, `w ← w - η·m / (√v + ε)`, rounded after each operation.
 * `take1` and `take2` are `1 - β₁` and `1 - β₂`; bias corrections are part of η and ε.
 */
export function adam(
  count: i32,
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  rate: f32,
  keep1: f32,
  take1: f32,
  keep2: f32,
  take2: f32,
  epsilon: f32,
  nextW: usize,
  nextM: usize,
  nextV: usize,
): void {
  for (let i = 0; i < count; i += 4) {
    const some = count - i
    const gradient = loadSome(at(g, i), some)
    const oldM = f32x4.mul(loadSome(at(m, i), some), f32x4.splat(keep1))
    const mean = f32x4.add(oldM, f32x4.mul(gradient, f32x4.splat(take1)))
    const oldV = f32x4.mul(loadSome(at(v, i), some), f32x4.splat(keep2))
    const variance = f32x4.add(oldV, f32x4.mul(f32x4.mul(gradient, gradient), f32x4.splat(take2)))
    const step = f32x4.div(mean, f32x4.add(f32x4.sqrt(variance), f32x4.splat(epsilon)))
    storeSome(at(nextM, i), mean, some)
    storeSome(at(nextV, i), variance, some)
    storeSome(at(nextW, i), f32x4.sub(loadSome(at(w, i), some), f32x4.mul(step, f32x4.splat(rate))), some)
  }
}
