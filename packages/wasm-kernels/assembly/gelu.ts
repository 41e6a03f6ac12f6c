import { at, loadSome, multiplyAdd, storeSome } from './simd'
import { exp, tanh } from './transcendental'

/** `p·x + c` */
@inline
function horner(c: f32, p: v128, x: v128): v128 {
  return multiplyAdd(f32x4.splat(c), p, x)
}

/** `e^(-x²/2)`, the density of N(0, 1) without its factor. */
@inline
function bell(x: v128): v128 {
  return exp(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)))
}

/**
 * The distribution function of N(0, 1) from `density = e^(-x²/2)`, within 2e-7.
 *
 * Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 7.1.26, the formula of tfjs.
 */
@inline
function distribution(x: v128, density: v128): v128 {
  const size = f32x4.mul(f32x4.abs(x), f32x4.splat(0.3275911 * 0.70710678118))
  const t = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), size))
  let p = horner(-1.453152027, f32x4.splat(1.061405429), t)
  p = horner(1.421413741, p, t)
  p = horner(-0.284496736, p, t)
  p = horner(0.254829592, p, t)
  const tail = f32x4.mul(f32x4.mul(f32x4.mul(p, t), density), f32x4.splat(0.5))
  return v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), f32x4.lt(x, f32x4.splat(0)))
}

/** `tanh(√(2/π)·(x + 0.044715·x³))` */
@inline
function inner(x: v128): v128 {
  const cubic = f32x4.mul(f32x4.mul(f32x4.mul(x, x), x), f32x4.splat(0.044715))
  return tanh(f32x4.mul(f32x4.add(x, cubic), f32x4.splat(0.7978845608)))
}

@inline
function value(x: v128, byTanh: bool): v128 {
  if (byTanh) return f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), f32x4.add(inner(x), f32x4.splat(1)))
  return f32x4.mul(x, distribution(x, bell(x)))
}

/** `Φ(x) + x·φ(x)`; by tanh, with `t` that of `inner`, `(1 + t)/2 + x/2·(1 - t²)·√(2/π)·(1 + 3·0.044715·x²)`. */
@inline
function slope(x: v128, byTanh: bool): v128 {
  if (!byTanh) {
    const density = bell(x)
    return f32x4.add(distribution(x, density), f32x4.mul(f32x4.mul(x, density), f32x4.splat(0.3989422804)))
  }
  const t = inner(x)
  const half = f32x4.splat(0.5)
  const steepness = f32x4.mul(horner(1, f32x4.splat(3 * 0.044715), f32x4.mul(x, x)), f32x4.splat(0.7978845608))
  const slopeOfTanh = f32x4.sub(f32x4.splat(1), f32x4.mul(t, t))
  const bend = f32x4.mul(f32x4.mul(f32x4.mul(x, half), slopeOfTanh), steepness)
  return f32x4.add(f32x4.mul(f32x4.add(t, f32x4.splat(1)), half), bend)
}

/** `y = x·Φ(x)`, or its approximation by tanh. Two vectors at a time share the constants that the engine loads again and again. */
export function gelu(count: i32, byTanh: bool, x: usize, y: usize): void {
  let i = 0
  for (; !byTanh && i + 8 <= count; i += 8) {
    const low = value(v128.load(at(x, i)), false)
    const high = value(v128.load(at(x, i), 16), false)
    v128.store(at(y, i), low)
    v128.store(at(y, i), high, 16)
  }
  for (; i < count; i += 4) {
    const some = loadSome(at(x, i), count - i)
    storeSome(at(y, i), byTanh ? value(some, true) : value(some, false), count - i)
  }
}

/** `dx = dy` times the slope of `gelu` at x. */
export function geluGradient(count: i32, byTanh: bool, dy: usize, x: usize, dx: usize): void {
  let i = 0
  for (; !byTanh && i + 8 <= count; i += 8) {
    const low = f32x4.mul(v128.load(at(dy, i)), slope(v128.load(at(x, i)), false))
    const high = f32x4.mul(v128.load(at(dy, i), 16), slope(v128.load(at(x, i), 16), false))
    v128.store(at(dx, i), low)
    v128.store(at(dx, i), high, 16)
  }
  for (; i < count; i += 4) {
    const some = loadSome(at(x, i), count - i)
    const steep = byTanh ? slope(some, true) : slope(some, false)
    storeSome(at(dx, i), f32x4.mul(loadSome(at(dy, i), count - i), steep), count - i)
  }
}
