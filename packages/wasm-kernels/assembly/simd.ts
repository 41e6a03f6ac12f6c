/** Address of element `index` of an array of 4-byte numbers. */
@inline
export function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 2)
}

@inline
export function min(a: i32, b: i32): i32 {
  return a < b ? a : b
}

/** `sum + a * b`; rounded once where the binary is built with relaxed SIMD on a machine with FMA, twice elsewhere. */
@inline
export function multiplyAdd(sum: v128, a: v128, b: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, sum) : f32x4.add(sum, f32x4.mul(a, b))
}

/** The scalar twin of `multiplyAdd`: lane 0 of the same vector operation, so that tails round like bodies. */
@inline
export function multiplyAddScalar(sum: f32, a: f32, b: f32): f32 {
  return ASC_FEATURE_RELAXED_SIMD
    ? f32x4.extract_lane(f32x4.relaxed_madd(f32x4.splat(a), f32x4.splat(b), f32x4.splat(sum)), 0)
    : sum + a * b
}

/** Stores the transpose of four vectors, `stride` bytes apart. */
@inline
export function storeTransposed(r0: v128, r1: v128, r2: v128, r3: v128, target: usize, stride: usize): void {
  const t0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5)
  const t1 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5)
  const t2 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7)
  const t3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7)
  v128.store(target, v128.shuffle<i64>(t0, t1, 0, 2))
  v128.store(target + stride, v128.shuffle<i64>(t0, t1, 1, 3))
  v128.store(target + 2 * stride, v128.shuffle<i64>(t2, t3, 0, 2))
  v128.store(target + 3 * stride, v128.shuffle<i64>(t2, t3, 1, 3))
}

/** `target[i] += source[i]`. */
@inline
export function addTo(target: usize, source: usize, count: i32): void {
  let i = 0
  for (; i + 4 <= count; i += 4) {
    const p = at(target, i)
    v128.store(p, f32x4.add(v128.load(p), v128.load(at(source, i))))
  }
  for (; i < count; i++) {
    const p = at(target, i)
    store<f32>(p, load<f32>(p) + load<f32>(at(source, i)))
  }
}

/** `target[i] = source[i]`; faster than `memory.copy`, which is a call, for a few numbers. */
@inline
export function copyTo(target: usize, source: usize, count: i32): void {
  let i = 0
  for (; i + 4 <= count; i += 4) v128.store(at(target, i), v128.load(at(source, i)))
  for (; i < count; i++) store<f32>(at(target, i), load<f32>(at(source, i)))
}

/** The first `count` of four numbers, zeros after them; all four where `count` is 4 or more. */
@inline
export function loadSome(source: usize, count: i32): v128 {
  return count >= 4 ? v128.load(source) : loadFew(source, count)
}

function loadFew(source: usize, count: i32): v128 {
  let lanes = v128.load32_zero(source)
  if (count > 1) lanes = f32x4.replace_lane(lanes, 1, load<f32>(source, 4))
  if (count > 2) lanes = f32x4.replace_lane(lanes, 2, load<f32>(source, 8))
  return lanes
}

/** Stores the first `count` of four numbers; all four where `count` is 4 or more. */
@inline
export function storeSome(target: usize, lanes: v128, count: i32): void {
  if (count >= 4) v128.store(target, lanes)
  else storeFew(target, lanes, count)
}

function storeFew(target: usize, lanes: v128, count: i32): void {
  store<f32>(target, f32x4.extract_lane(lanes, 0))
  if (count > 1) store<f32>(target, f32x4.extract_lane(lanes, 1), 4)
  if (count > 2) store<f32>(target, f32x4.extract_lane(lanes, 2), 8)
}

/** Stores the first `count` of the eight numbers `low`, `high`. */
@inline
export function storeEight(target: usize, low: v128, high: v128, count: i32): void {
  storeSome(target, low, count)
  if (count > 4) storeSome(target + 16, high, count - 4)
}
