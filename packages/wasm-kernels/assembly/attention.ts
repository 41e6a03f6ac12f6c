import { BLOCK_DEPTH, BLOCK_ROWS, TILE_COLUMNS, multiplyPacked, multiplyPanels, packAllColumns, packColumns, packRows, roundUp } from './gemm'
import { sumOfLanes } from './layer-norm'
import { isReal } from './real-steps'
import { at, min } from './simd'
import { exp } from './transcendental'

/** Numbers in a row of scores of `steps` steps. */
@inline
function scoreWidth(steps: i32): i32 {
  return roundUp(steps, 4)
}

/** Bytes of scratch that `attention` needs for sequences of `steps` steps and heads of `size` channels. */
export function attentionScratch(steps: i32, size: i32): i32 {
  const packed = roundUp(steps, TILE_COLUMNS) * size + steps * roundUp(size, TILE_COLUMNS)
  return (scoreWidth(steps) + BLOCK_ROWS * BLOCK_DEPTH + packed + BLOCK_ROWS * scoreWidth(steps)) << 2
}

/** Bytes of scratch that `attentionGradient` needs. */
export function attentionGradientScratch(steps: i32, size: i32): i32 {
  const packed = roundUp(steps, TILE_COLUMNS) * size + BLOCK_ROWS * roundUp(size, TILE_COLUMNS)
  return attentionScratch(steps, size) + ((packed + BLOCK_ROWS * scoreWidth(steps)) << 2)
}

/** The first real step; all are where there is no mask. */
function firstReal(steps: i32, width: i32, masked: bool, x: usize): i32 {
  let first = 0
  if (masked) while (first < steps && !isReal(width, at(x, first * width))) first++
  return first
}

/** The step after the last real one. */
function endReal(steps: i32, width: i32, masked: bool, x: usize): i32 {
  let end = steps
  if (masked) while (end > 0 && !isReal(width, at(x, (end - 1) * width))) end--
  return end
}

/** Sets all bits of `lanes[i]` where step i is real, up to a whole number of vectors. */
function markReal(count: i32, width: i32, masked: bool, x: usize, lanes: usize): void {
  for (let i = 0; i < count; i++) {
    store<i32>(at(lanes, i), !masked || isReal(width, at(x, i * width)) ? -1 : 0)
  }
  for (let i = count; i < scoreWidth(count); i++) store<i32>(at(lanes, i), 0)
}

/** `softmax(factor · scores)` of one row in place, over the lanes that are set; the others become 0. */
function softmaxRow(width: i32, factor: f32, lanes: usize, row: usize): void {
  const factors = f32x4.splat(factor)
  let most = f32x4.splat(-Infinity)
  for (let i = 0; i < width; i += 4) {
    const score = f32x4.mul(v128.load(at(row, i)), factors)
    most = f32x4.max(most, v128.bitselect(score, f32x4.splat(-Infinity), v128.load(at(lanes, i))))
    v128.store(at(row, i), score)
  }
  most = f32x4.max(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1))
  most = f32x4.max(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2))
  let sum = f32x4.splat(0)
  for (let i = 0; i < width; i += 4) {
    const weight = v128.and(exp(f32x4.sub(v128.load(at(row, i)), most)), v128.load(at(lanes, i)))
    sum = f32x4.add(sum, weight)
    v128.store(at(row, i), weight)
  }
  const inverse = f32x4.splat(<f32>1 / sumOfLanes(sum))
  for (let i = 0; i < width; i += 4) v128.store(at(row, i), f32x4.mul(v128.load(at(row, i)), inverse))
}

/** `softmaxRow` of the rows of real steps, zeros in the others. */
function softmaxRows(rows: i32, width: i32, factor: f32, lanes: usize, rowLanes: usize, scores: usize): void {
  for (let r = 0; r < rows; r++) {
    const row = at(scores, r * width)
    if (load<i32>(at(rowLanes, r)) != 0) softmaxRow(width, factor, lanes, row)
    else memory.fill(row, 0, at(0, width))
  }
}

/** `1 / √size` */
@inline
function factorOf(size: i32): f32 {
  return <f32>(1.0 / Math.sqrt(<f64>size))
}

/** One head over `count` real steps: q, k and v are `stride` numbers from step to step, y is `features`. */
function headForward(count: i32, size: i32, q: usize, stride: i32, features: i32, y: usize, lanes: usize, scratch: usize): void {
  const width = scoreWidth(count)
  const packedK = at(scratch, BLOCK_ROWS * BLOCK_DEPTH)
  const packedV = at(packedK, roundUp(count, TILE_COLUMNS) * size)
  const scores = at(packedV, count * roundUp(size, TILE_COLUMNS))
  packAllColumns(count, size, at(q, features), stride, 1, packedK)
  packAllColumns(size, count, at(q, 2 * features), 1, stride, packedV)
  for (let i = 0; i < count; i += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, count - i)
    multiplyPacked(rows, count, size, at(q, i * stride), stride, packedK, scores, width, false, scratch)
    softmaxRows(rows, width, factorOf(size), lanes, at(lanes, i), scores)
    multiplyPacked(rows, size, count, scores, width, packedV, at(y, i * features), features, false, scratch)
  }
}

/**
 * Attention of every step to every step, `y = softmax(Q·Kᵀ / √d)·V` in each head of `d = features / heads` channels.
 *
 * x [batch, steps, 3 · features] holds Q, K and V side by side. Masked, steps of zeros are padding: no step attends to them, and
 * y is 0 there.
 *
 * Rabe and Staats, "Self-attention does not need O(n²) memory", 2021, https://arxiv.org/abs/2112.05682: scores of at most
 * `BLOCK_ROWS` steps of one head are held.
 */
export function attention(
  batch: i32,
  steps: i32,
  features: i32,
  heads: i32,
  masked: bool,
  x: usize,
  y: usize,
  scratch: usize,
): void {
  const size = features / heads
  const stride = 3 * features
  const lanes = scratch
  const free = at(scratch, scoreWidth(steps))
  for (let b = 0; b < batch; b++) {
    const first = firstReal(steps, stride, masked, x)
    const count = endReal(steps, stride, masked, x) - first
    if (count < steps) memory.fill(y, 0, at(0, steps * features))
    if (count > 0) {
      const start = at(x, first * stride)
      markReal(count, stride, masked, start, lanes)
      for (let h = 0; h < heads; h++) {
        headForward(count, size, at(start, h * size), stride, features, at(y, first * features + h * size), lanes, free)
      }
    }
    x = at(x, steps * stride)
    y = at(y, steps * features)
  }
}

/** `scores ← factor · weights · (gradients - Σ weights · gradients)` of each row, written over the gradients. */
function softmaxGradient(rows: i32, width: i32, factor: f32, weights: usize, gradients: usize): void {
  const factors = f32x4.splat(factor)
  for (let r = 0; r < rows; r++) {
    let sum = f32x4.splat(0)
    for (let i = 0; i < width; i += 4) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(at(weights, i)), v128.load(at(gradients, i))))
    }
    const level = f32x4.splat(sumOfLanes(sum))
    for (let i = 0; i < width; i += 4) {
      const weight = f32x4.mul(v128.load(at(weights, i)), factors)
      v128.store(at(gradients, i), f32x4.mul(weight, f32x4.sub(v128.load(at(gradients, i)), level)))
    }
    weights = at(weights, width)
    gradients = at(gradients, width)
  }
}

/** `C[columns of A] (+)= Aᵀ · B` for A [rows, count] and B [rows, size] packed, rows no more than a block. */
function multiplyTransposed(
  rows: i32,
  count: i32,
  width: i32,
  size: i32,
  a: usize,
  b: usize,
  c: usize,
  stride: i32,
  accumulate: bool,
  scratch: usize,
): void {
  for (let i = 0; i < count; i += BLOCK_ROWS) {
    const height = min(BLOCK_ROWS, count - i)
    packRows(height, rows, at(a, i), 1, width, scratch)
    multiplyPanels(height, size, rows, scratch, b, at(c, i * stride), stride, accumulate)
  }
}

/** The gradient of `headForward`; `d` is laid out like q, k and v. */
function headGradient(
  count: i32,
  size: i32,
  q: usize,
  stride: i32,
  features: i32,
  dy: usize,
  d: usize,
  lanes: usize,
  scratch: usize,
): void {
  const width = scoreWidth(count)
  const columns = roundUp(count, TILE_COLUMNS) * size
  const panel = roundUp(size, TILE_COLUMNS)
  const keysByStep = at(scratch, BLOCK_ROWS * BLOCK_DEPTH)
  const valuesByStep = at(keysByStep, columns)
  const keys = at(valuesByStep, columns)
  const block = at(keys, count * panel)
  const weights = at(block, BLOCK_ROWS * panel)
  const scores = at(weights, BLOCK_ROWS * width)
  const k = at(q, features)
  packAllColumns(count, size, k, stride, 1, keysByStep)
  packAllColumns(count, size, at(k, features), stride, 1, valuesByStep)
  packAllColumns(size, count, k, 1, stride, keys)
  for (let i = 0; i < count; i += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, count - i)
    const queries = at(q, i * stride)
    const upstream = at(dy, i * features)
    multiplyPacked(rows, count, size, queries, stride, keysByStep, weights, width, false, scratch)
    softmaxRows(rows, width, factorOf(size), lanes, at(lanes, i), weights)
    for (let r = 0; r < rows; r++) memory.fill(at(scores, r * width + count), 0, at(0, width - count))
    multiplyPacked(rows, count, size, upstream, features, valuesByStep, scores, width, false, scratch)
    packColumns(size, rows, upstream, 1, features, block)
    multiplyTransposed(rows, count, width, size, weights, block, at(d, 2 * features), stride, i > 0, scratch)
    softmaxGradient(rows, width, factorOf(size), weights, scores)
    multiplyPacked(rows, size, count, scores, width, keys, at(d, i * stride), stride, false, scratch)
    packColumns(size, rows, queries, 1, stride, block)
    multiplyTransposed(rows, count, width, size, scores, block, at(d, features), stride, i > 0, scratch)
  }
}

/** The gradient of `attention` in x from that of y; the weights are computed anew. */
export function attentionGradient(
  batch: i32,
  steps: i32,
  features: i32,
  heads: i32,
  masked: bool,
  dy: usize,
  x: usize,
  dx: usize,
  scratch: usize,
): void {
  const size = features / heads
  const stride = 3 * features
  const lanes = scratch
  const free = at(scratch, scoreWidth(steps))
  for (let b = 0; b < batch; b++) {
    const first = firstReal(steps, stride, masked, x)
    const count = endReal(steps, stride, masked, x) - first
    if (count < steps) memory.fill(dx, 0, at(0, steps * stride))
    if (count > 0) {
      const start = at(x, first * stride)
      markReal(count, stride, masked, start, lanes)
      for (let h = 0; h < heads; h++) {
        const channel = h * size
        const upstream = at(dy, first * features + channel)
        headGradient(count, size, at(start, channel), stride, features, upstream, at(dx, first * stride + channel), lanes, free)
      }
    }
    dy = at(dy, steps * features)
    x = at(x, steps * stride)
    dx = at(dx, steps * stride)
  }
}
