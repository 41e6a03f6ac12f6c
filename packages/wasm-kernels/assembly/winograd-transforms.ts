/**
 * The transforms of F(2×2, 3×3) of four channels at a time: the 2×2 outputs under a 3×3 filter `g` and a 4×4 patch `d` are
 * `Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A`, 16 products in the place of 36. A transformed tile is 16 vectors, `step` bytes apart, ordered
 * (row, column).
 *
 * Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, §4.1, https://arxiv.org/abs/1509.09308
 */
import { loadSome, storeSome } from './simd'

/** Places of a transformed tile. */
export const TILE_SIZE: i32 = 16

/** Address number `index` of the list `places`. */
@inline
function placeAt(places: usize, index: usize): usize {
  return load<usize>(places + (index << 2))
}

@inline
function loadAt(places: usize, index: usize, offset: usize): v128 {
  return v128.load(placeAt(places, index) + offset)
}

@inline
function storeColumn(a0: v128, a1: v128, a2: v128, a3: v128, target: usize, step: usize): void {
  v128.store(target, f32x4.sub(a0, a2))
  v128.store(target + 4 * step, f32x4.add(a1, a2))
  v128.store(target + 8 * step, f32x4.sub(a2, a1))
  v128.store(target + 12 * step, f32x4.sub(a1, a3))
}

/** `Bᵀ d B` of a 4×4 patch whose 16 inputs lie `offset` bytes after the addresses listed in `places`. */
export function transformPatch(places: usize, offset: usize, target: usize, step: usize): void {
  const d00 = loadAt(places, 0, offset)
  const d01 = loadAt(places, 1, offset)
  const d02 = loadAt(places, 2, offset)
  const d03 = loadAt(places, 3, offset)
  const d10 = loadAt(places, 4, offset)
  const d11 = loadAt(places, 5, offset)
  const d12 = loadAt(places, 6, offset)
  const d13 = loadAt(places, 7, offset)
  const d20 = loadAt(places, 8, offset)
  const d21 = loadAt(places, 9, offset)
  const d22 = loadAt(places, 10, offset)
  const d23 = loadAt(places, 11, offset)
  const d30 = loadAt(places, 12, offset)
  const d31 = loadAt(places, 13, offset)
  const d32 = loadAt(places, 14, offset)
  const d33 = loadAt(places, 15, offset)
  storeColumn(f32x4.sub(d00, d02), f32x4.sub(d10, d12), f32x4.sub(d20, d22), f32x4.sub(d30, d32), target, step)
  storeColumn(f32x4.add(d01, d02), f32x4.add(d11, d12), f32x4.add(d21, d22), f32x4.add(d31, d32), target + step, step)
  storeColumn(f32x4.sub(d02, d01), f32x4.sub(d12, d11), f32x4.sub(d22, d21), f32x4.sub(d32, d31), target + 2 * step, step)
  storeColumn(f32x4.sub(d01, d03), f32x4.sub(d11, d13), f32x4.sub(d21, d23), f32x4.sub(d31, d33), target + 3 * step, step)
}

@inline
function half(x: v128): v128 {
  return f32x4.mul(x, f32x4.splat(0.5))
}

@inline
function storeTaps(a0: v128, a1: v128, a2: v128, target: usize, step: usize): void {
  const ends = half(f32x4.add(a0, a2))
  const middle = half(a1)
  v128.store(target, a0)
  v128.store(target + 4 * step, f32x4.add(ends, middle))
  v128.store(target + 8 * step, f32x4.sub(ends, middle))
  v128.store(target + 12 * step, a2)
}

/**
 * `G g Gᵀ` of a 3×3 filter whose elements are `stride` bytes apart; a negative stride turns it by half a turn. The first
 * `count` of its four channels are read.
 */
export function transformFilter(filter: usize, stride: usize, count: i32, target: usize, step: usize): void {
  const g00 = loadSome(filter, count)
  const g01 = loadSome(filter + stride, count)
  const g02 = loadSome(filter + 2 * stride, count)
  const g10 = loadSome(filter + 3 * stride, count)
  const g11 = loadSome(filter + 4 * stride, count)
  const g12 = loadSome(filter + 5 * stride, count)
  const g20 = loadSome(filter + 6 * stride, count)
  const g21 = loadSome(filter + 7 * stride, count)
  const g22 = loadSome(filter + 8 * stride, count)
  const ends0 = half(f32x4.add(g00, g02))
  const ends1 = half(f32x4.add(g10, g12))
  const ends2 = half(f32x4.add(g20, g22))
  const middle0 = half(g01)
  const middle1 = half(g11)
  const middle2 = half(g21)
  storeTaps(g00, g10, g20, target, step)
  storeTaps(f32x4.add(ends0, middle0), f32x4.add(ends1, middle1), f32x4.add(ends2, middle2), target + step, step)
  storeTaps(f32x4.sub(ends0, middle0), f32x4.sub(ends1, middle1), f32x4.sub(ends2, middle2), target + 2 * step, step)
  storeTaps(g02, g12, g22, target + 3 * step, step)
}

/** Row `row` of a transformed tile times the first column of A. */
@inline
function firstOf(source: usize, step: usize, row: usize): v128 {
  const s = source + 4 * row * step
  return f32x4.add(f32x4.add(v128.load(s), v128.load(s + step)), v128.load(s + 2 * step))
}

/** Row `row` of a transformed tile times the second column of A. */
@inline
function secondOf(source: usize, step: usize, row: usize): v128 {
  const s = source + 4 * row * step
  return f32x4.sub(f32x4.sub(v128.load(s + step), v128.load(s + 2 * step)), v128.load(s + 3 * step))
}

/** Writes the first `count` of `value` where the address that is number `index` of `places` is not 0. */
@inline
function storeAt(places: usize, index: usize, offset: usize, value: v128, count: i32): void {
  const address = placeAt(places, index)
  if (address) storeSome(address + offset, value, count)
}

/** Writes `Aᵀ m A` to the four places of a 2×2 tile of outputs; those whose address is 0 are outside. */
export function finishTile(source: usize, step: usize, places: usize, offset: usize, count: i32): void {
  let inner = firstOf(source, step, 1)
  let outer = firstOf(source, step, 2)
  storeAt(places, 0, offset, f32x4.add(f32x4.add(firstOf(source, step, 0), inner), outer), count)
  storeAt(places, 2, offset, f32x4.sub(f32x4.sub(inner, outer), firstOf(source, step, 3)), count)
  inner = secondOf(source, step, 1)
  outer = secondOf(source, step, 2)
  storeAt(places, 1, offset, f32x4.add(f32x4.add(secondOf(source, step, 0), inner), outer), count)
  storeAt(places, 3, offset, f32x4.sub(f32x4.sub(inner, outer), secondOf(source, step, 3)), count)
}

@inline
function storeSpread(a0: v128, a1: v128, target: usize, step: usize): void {
  v128.store(target, a0)
  v128.store(target + 4 * step, f32x4.add(a0, a1))
  v128.store(target + 8 * step, f32x4.sub(a0, a1))
  v128.store(target + 12 * step, f32x4.neg(a1))
}

/** `A y Aᵀ` of a 2×2 tile of output gradients: the adjoint of `finishTile`. */
export function spreadTile(places: usize, offset: usize, count: i32, target: usize, step: usize): void {
  const y00 = loadSome(placeAt(places, 0) + offset, count)
  const y01 = loadSome(placeAt(places, 1) + offset, count)
  const y10 = loadSome(placeAt(places, 2) + offset, count)
  const y11 = loadSome(placeAt(places, 3) + offset, count)
  storeSpread(y00, y10, target, step)
  storeSpread(f32x4.add(y00, y01), f32x4.add(y10, y11), target + step, step)
  storeSpread(f32x4.sub(y00, y01), f32x4.sub(y10, y11), target + 2 * step, step)
  storeSpread(f32x4.neg(y01), f32x4.neg(y11), target + 3 * step, step)
}

@inline
function storeGradient(
  a0: v128,
  a1: v128,
  a2: v128,
  a3: v128,
  target: usize,
  stride: usize,
  count: i32,
): void {
  const sum = half(f32x4.add(a1, a2))
  storeSome(target, f32x4.add(a0, sum), count)
  storeSome(target + 3 * stride, half(f32x4.sub(a1, a2)), count)
  storeSome(target + 6 * stride, f32x4.add(sum, a3), count)
}

/** Row `row` of a transformed tile times column `column` of G. */
@inline
function tapOf(source: usize, step: usize, row: usize, column: i32): v128 {
  const s = source + 4 * row * step
  const s1 = v128.load(s + step)
  const s2 = v128.load(s + 2 * step)
  if (column == 0) return f32x4.add(v128.load(s), half(f32x4.add(s1, s2)))
  if (column == 1) return half(f32x4.sub(s1, s2))
  return f32x4.add(half(f32x4.add(s1, s2)), v128.load(s + 3 * step))
}

@inline
function finishColumn(source: usize, step: usize, column: i32, target: usize, stride: usize, count: i32): void {
  const s0 = tapOf(source, step, 0, column)
  const s1 = tapOf(source, step, 1, column)
  const s2 = tapOf(source, step, 2, column)
  storeGradient(s0, s1, s2, tapOf(source, step, 3, column), target, stride, count)
}

/** `Gᵀ s G`: the adjoint of `transformFilter`; writes nine times `count` numbers, `stride` bytes apart. */
export function finishFilter(source: usize, step: usize, target: usize, stride: usize, count: i32): void {
  finishColumn(source, step, 0, target, stride, count)
  finishColumn(source, step, 1, target + stride, stride, count)
  finishColumn(source, step, 2, target + 2 * stride, stride, count)
}
