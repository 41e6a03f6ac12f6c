import { Mixture, MixtureGradient } from './mixture'
import { BLOCK_ROWS } from './reduce'
import { at, loadSome, min, multiplyAdd, storeSome } from './simd'

@inline
function addSome(target: usize, value: v128, count: i32): void {
  storeSome(target, f32x4.add(loadSome(target, count), value), count)
}

@inline
function addScaled(target: usize, scale: v128, value: v128, count: i32): void {
  storeSome(target, multiplyAdd(loadSome(target, count), scale, value), count)
}

/** Sets the gradients to zero. */
export function clearGradient(m: Mixture, d: MixtureGradient, examples: i32, elements: i32, channels: i32): void {
  const rowBytes = at(0, channels)
  const bytes = at(0, elements * channels)
  memory.fill(d.fineTuned, 0, bytes)
  memory.fill(d.update, 0, m.updateStride ? rowBytes * examples : rowBytes)
  if (m.sourceBias) memory.fill(d.fineTunedBias, 0, rowBytes)
  if (!m.random) return
  memory.fill(d.random, 0, bytes)
  memory.fill(d.fineTune, 0, m.fineTuneStride ? rowBytes * examples : rowBytes)
  if (m.sourceBias) memory.fill(d.randomBias, 0, rowBytes)
}

/** `u`, or `u·f` in three branches: the share of the fine-tuned branch in channels `c` to `c + 3` of one example. */
@inline
function fineTunedShare(m: Mixture, example: i32, c: i32, count: i32): v128 {
  const u = loadSome(at(m.update, example * m.updateStride + c), count)
  return m.random ? f32x4.mul(u, loadSome(at(m.fineTune, example * m.fineTuneStride + c), count)) : u
}

/** `u·(1 - f)`: the share of the random branch. */
@inline
function randomShare(m: Mixture, example: i32, c: i32, count: i32): v128 {
  const u = loadSome(at(m.update, example * m.updateStride + c), count)
  const f = loadSome(at(m.fineTune, example * m.fineTuneStride + c), count)
  return f32x4.mul(u, f32x4.sub(f32x4.splat(1), f))
}

/**
 * Adds to the gradients of the gates: `du += base + f·rise`, `df += u·rise`, where `rise = Σ G·(W_R - W_T)` and
 * `base = Σ G·(W_T - W_S)`; of two branches `du += base` with `base = Σ G·(W_R - W_S)`.
 */
@inline
function addToGates(m: Mixture, d: MixtureGradient, example: i32, c: i32, base: v128, rise: v128, count: i32): void {
  const update = example * m.updateStride + c
  if (!m.random) {
    addSome(at(d.update, update), base, count)
    return
  }
  const fineTune = example * m.fineTuneStride + c
  const f = loadSome(at(m.fineTune, fineTune), count)
  addSome(at(d.update, update), f32x4.add(base, f32x4.mul(f, rise)), count)
  addSome(at(d.fineTune, fineTune), f32x4.mul(loadSome(at(m.update, update), count), rise), count)
}

/**
 * `spreadBlock` of two branches in 16 columns: whole lines of the caches, and sums that stay in registers as nothing is called.
 */
function spreadSixteen(
  m: Mixture,
  d: MixtureGradient,
  example: i32,
  rows: i32,
  block: usize,
  blockStride: usize,
  first: i32,
  column: i32,
  channels: i32,
): void {
  const update = at(m.update, example * m.updateStride + column)
  const u0 = v128.load(update)
  const u1 = v128.load(update, 16)
  const u2 = v128.load(update, 32)
  const u3 = v128.load(update, 48)
  let s0 = f32x4.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  const stride = at(0, channels)
  let source = at(m.source, first)
  let tuned = at(m.fineTuned, first)
  let target = at(d.fineTuned, first)
  for (let r = 0; r < rows; r++) {
    let g = v128.load(block)
    v128.store(target, multiplyAdd(v128.load(target), u0, g))
    s0 = multiplyAdd(s0, g, f32x4.sub(v128.load(tuned), v128.load(source)))
    g = v128.load(block, 16)
    v128.store(target, multiplyAdd(v128.load(target, 16), u1, g), 16)
    s1 = multiplyAdd(s1, g, f32x4.sub(v128.load(tuned, 16), v128.load(source, 16)))
    g = v128.load(block, 32)
    v128.store(target, multiplyAdd(v128.load(target, 32), u2, g), 32)
    s2 = multiplyAdd(s2, g, f32x4.sub(v128.load(tuned, 32), v128.load(source, 32)))
    g = v128.load(block, 48)
    v128.store(target, multiplyAdd(v128.load(target, 48), u3, g), 48)
    s3 = multiplyAdd(s3, g, f32x4.sub(v128.load(tuned, 48), v128.load(source, 48)))
    block += blockStride
    source += stride
    tuned += stride
    target += stride
  }
  addLane(d, m, example, column, s0)
  addLane(d, m, example, column + 4, s1)
  addLane(d, m, example, column + 8, s2)
  addLane(d, m, example, column + 12, s3)
}

@inline
function addLane(d: MixtureGradient, m: Mixture, example: i32, c: i32, base: v128): void {
  const target = at(d.update, example * m.updateStride + c)
  v128.store(target, f32x4.add(v128.load(target), base))
}

/**
 * Spreads a block `G` of the kernel gradient of one example over branches and gates: `dW_R += u·f ⊙ G`,
 * `dW_T += u·(1 - f) ⊙ G`. The block has `rows` of `columns` and starts at element `first` of kernels with rows of
 * `channels`, in column `column`.
 */
export function spreadBlock(
  m: Mixture,
  d: MixtureGradient,
  example: i32,
  rows: i32,
  columns: i32,
  block: usize,
  first: i32,
  column: i32,
  channels: i32,
): void {
  let c = 0
  if (!m.random) {
    for (; c + 16 <= columns; c += 16) {
      spreadSixteen(m, d, example, rows, at(block, c), at(0, columns), first + c, column + c, channels)
    }
  }
  for (; c < columns; c += 4) {
    const count = columns - c
    const tunedShare = fineTunedShare(m, example, column + c, count)
    const share = m.random ? randomShare(m, example, column + c, count) : tunedShare
    let base = f32x4.splat(0)
    let rise = base
    for (let r = 0; r < rows; r++) {
      const g = loadSome(at(block, r * columns + c), count)
      const i = first + r * channels + c
      const source = loadSome(at(m.source, i), count)
      const tuned = loadSome(at(m.fineTuned, i), count)
      addScaled(at(d.fineTuned, i), tunedShare, g, count)
      if (!m.random) {
        base = multiplyAdd(base, g, f32x4.sub(tuned, source))
        continue
      }
      const random = loadSome(at(m.random, i), count)
      addScaled(at(d.random, i), share, g, count)
      base = multiplyAdd(base, g, f32x4.sub(random, source))
      rise = multiplyAdd(rise, g, f32x4.sub(tuned, random))
    }
    addToGates(m, d, example, column + c, base, rise, count)
  }
}

/**
 * The gradients of the biases and through them of the gates, with `s_b = Σ_positions dy_b` in the place of `G`. Rows are
 * added in the order of `sumColumns`, so that a branch that is fully open has the bits of the plain sum.
 */
export function spreadBias(m: Mixture, d: MixtureGradient, rows: i32, positions: i32, channels: i32, dy: usize): void {
  const zero = f32x4.splat(0)
  for (let c = 0; c < channels; c += 4) {
    const count = channels - c
    const source = loadSome(at(m.sourceBias, c), count)
    const tuned = loadSome(at(m.fineTunedBias, c), count)
    const random = m.random ? loadSome(at(m.randomBias, c), count) : tuned
    const base = f32x4.sub(random, source)
    const rise = f32x4.sub(tuned, random)
    let row = 0
    while (row < rows) {
      const end = min(row + BLOCK_ROWS, rows)
      let tunedSum = zero
      let randomSum = zero
      while (row < end) {
        const example = row / positions
        const last = min(end, (example + 1) * positions)
        const tunedShare = fineTunedShare(m, example, c, count)
        const share = m.random ? randomShare(m, example, c, count) : zero
        let sum = zero
        for (; row < last; row++) {
          const g = loadSome(at(dy, row * channels + c), count)
          tunedSum = multiplyAdd(tunedSum, tunedShare, g)
          randomSum = multiplyAdd(randomSum, share, g)
          sum = f32x4.add(sum, g)
        }
        addToGates(m, d, example, c, f32x4.mul(sum, base), f32x4.mul(sum, rise), count)
      }
      addSome(at(d.fineTunedBias, c), tunedSum, count)
      if (m.random) addSome(at(d.randomBias, c), randomSum, count)
    }
  }
}
