import { multiplyAdd } from './simd'

// Polynomials: S. Moshier, Cephes Mathematical Library, expf.c and tanhf.c, https://www.netlib.org/cephes/.

/** Added to a small number it leaves the nearest integer in the last bits, and in the number once it is taken away again. */
const ROUNDING: f32 = 12582912
/** eˣ, within about 2 units in the last place; clipped where float32 ends. */
@inline
export function exp(x: v128): v128 {
  const clipped = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87.3)), f32x4.splat(88.3))
  const rounded = multiplyAdd(f32x4.splat(ROUNDING), clipped, f32x4.splat(1.44269504))
  const n = f32x4.sub(rounded, f32x4.splat(ROUNDING))
  const high = multiplyAdd(clipped, n, f32x4.splat(-0.693359375))
  const r = multiplyAdd(high, n, f32x4.splat(2.1219444e-4))
  let p = f32x4.splat(1.98756915e-4)
  p = multiplyAdd(f32x4.splat(1.3981999507e-3), p, r)
  p = multiplyAdd(f32x4.splat(8.3334519073e-3), p, r)
  p = multiplyAdd(f32x4.splat(4.1665795894e-2), p, r)
  p = multiplyAdd(f32x4.splat(1.6666665459e-1), p, r)
  p = multiplyAdd(f32x4.splat(5.0000001201e-1), p, r)
  p = f32x4.add(multiplyAdd(r, f32x4.mul(p, r), r), f32x4.splat(1))
  const power = i32x4.shl(i32x4.add(rounded, i32x4.splat(127)), 23)
  return f32x4.mul(p, power)
}

/** `1 / (1 + e⁻ˣ)` */
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp(f32x4.neg(x))))
}

/** Hyperbolic tangent: a polynomial where |x| < 0.625, `(1 - e⁻²ˣ) / (1 + e⁻²ˣ)` elsewhere. */
@inline
export function tanh(x: v128): v128 {
  const size = f32x4.abs(x)
  const e = exp(f32x4.mul(f32x4.splat(-2), size))
  const far = f32x4.div(f32x4.sub(f32x4.splat(1), e), f32x4.add(f32x4.splat(1), e))
  const square = f32x4.mul(x, x)
  let p = multiplyAdd(f32x4.splat(2.06390887954e-2), f32x4.splat(-5.70498872745e-3), square)
  p = multiplyAdd(f32x4.splat(-5.37397155531e-2), p, square)
  p = multiplyAdd(f32x4.splat(1.33314422036e-1), p, square)
  p = multiplyAdd(f32x4.splat(-3.33332819422e-1), p, square)
  const near = multiplyAdd(x, f32x4.mul(p, square), x)
  const signed = v128.or(far, v128.and(x, i32x4.splat(0x80000000)))
  return v128.bitselect(near, signed, f32x4.lt(size, f32x4.splat(0.625)))
}
