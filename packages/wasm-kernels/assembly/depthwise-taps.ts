import { at, loadSome, multiplyAdd, multiplyAddScalar, storeSome } from './simd'

/** One product of a sum: where its number of the map and its row of the filter start. */
@unmanaged
export class Tap {
  source: usize
  filter: usize
}
export const TAP_BYTES: usize = 8

/** Neighbouring positions of the register tile. */
export const TILE_POSITIONS: i32 = 4

/** How a sum is finished: a row of biases is added (where it is not 0), then it is clipped to [low, high]. */
@unmanaged
export class Finish {
  bias: usize
  low: f32
  high: f32
}
export const FINISH_BYTES: usize = 12

/** The numbers of a sum from byte `offset` of its row, finished. */
@inline
export function finished(finish: Finish, sum: v128, offset: usize, count: i32): v128 {
  if (finish.bias) sum = f32x4.add(sum, loadSome(finish.bias + offset, count))
  return f32x4.min(f32x4.max(sum, f32x4.splat(finish.low)), f32x4.splat(finish.high))
}

/** `y[c] = finish(Σ source[c] · filter[c])` over the taps up to `end`, in their order, for the channels of one position. */
export function sumPosition(taps: usize, end: usize, channels: i32, finish: Finish, y: usize): void {
  const bytes = at(0, channels)
  let c: usize = 0
  for (; c + 64 <= bytes; c += 64) {
    let s0 = f32x4.splat(0)
    let s1 = s0
    let s2 = s0
    let s3 = s0
    for (let t = taps; t < end; t += TAP_BYTES) {
      const x = changetype<Tap>(t).source + c
      const f = changetype<Tap>(t).filter + c
      s0 = multiplyAdd(s0, v128.load(x), v128.load(f))
      s1 = multiplyAdd(s1, v128.load(x, 16), v128.load(f, 16))
      s2 = multiplyAdd(s2, v128.load(x, 32), v128.load(f, 32))
      s3 = multiplyAdd(s3, v128.load(x, 48), v128.load(f, 48))
    }
    v128.store(y + c, finished(finish, s0, c, 4))
    v128.store(y + c, finished(finish, s1, c + 16, 4), 16)
    v128.store(y + c, finished(finish, s2, c + 32, 4), 32)
    v128.store(y + c, finished(finish, s3, c + 48, 4), 48)
  }
  for (; c < bytes; c += 16) {
    const some = <i32>((bytes - c) >> 2)
    let sum = f32x4.splat(0)
    for (let t = taps; t < end; t += TAP_BYTES) {
      sum = multiplyAdd(sum, loadSome(changetype<Tap>(t).source + c, some), loadSome(changetype<Tap>(t).filter + c, some))
    }
    storeSome(y + c, finished(finish, sum, c, some), some)
  }
}

/** The same for four neighbouring positions, whose sources are `step` bytes apart and whose results lie side by side. */
export function sumFourPositions(taps: usize, end: usize, step: usize, channels: i32, finish: Finish, y: usize): void {
  const bytes = at(0, channels)
  let c: usize = 0
  for (; c + 32 <= bytes; c += 32) {
    let a0 = f32x4.splat(0)
    let a1 = a0
    let b0 = a0
    let b1 = a0
    let c0 = a0
    let c1 = a0
    let d0 = a0
    let d1 = a0
    for (let t = taps; t < end; t += TAP_BYTES) {
      let x = changetype<Tap>(t).source + c
      const f = changetype<Tap>(t).filter + c
      const f0 = v128.load(f)
      const f1 = v128.load(f, 16)
      a0 = multiplyAdd(a0, v128.load(x), f0)
      a1 = multiplyAdd(a1, v128.load(x, 16), f1)
      x += step
      b0 = multiplyAdd(b0, v128.load(x), f0)
      b1 = multiplyAdd(b1, v128.load(x, 16), f1)
      x += step
      c0 = multiplyAdd(c0, v128.load(x), f0)
      c1 = multiplyAdd(c1, v128.load(x, 16), f1)
      x += step
      d0 = multiplyAdd(d0, v128.load(x), f0)
      d1 = multiplyAdd(d1, v128.load(x, 16), f1)
    }
    let out = y + c
    v128.store(out, finished(finish, a0, c, 4))
    v128.store(out, finished(finish, a1, c + 16, 4), 16)
    out += bytes
    v128.store(out, finished(finish, b0, c, 4))
    v128.store(out, finished(finish, b1, c + 16, 4), 16)
    out += bytes
    v128.store(out, finished(finish, c0, c, 4))
    v128.store(out, finished(finish, c1, c + 16, 4), 16)
    out += bytes
    v128.store(out, finished(finish, d0, c, 4))
    v128.store(out, finished(finish, d1, c + 16, 4), 16)
  }
  for (; c < bytes; c += 16) {
    const some = <i32>((bytes - c) >> 2)
    for (let i = 0; i < TILE_POSITIONS; i++) {
      const shift = <usize>i * step + c
      let sum = f32x4.splat(0)
      for (let t = taps; t < end; t += TAP_BYTES) {
        sum = multiplyAdd(sum, loadSome(changetype<Tap>(t).source + shift, some), loadSome(changetype<Tap>(t).filter + c, some))
      }
      storeSome(y + <usize>i * bytes + c, finished(finish, sum, c, some), some)
    }
  }
}

/** {@link sumPosition} of a filter with several outputs for a channel of the map: output q reads channel `q / multiplier`. */
export function sumMultiplied(taps: usize, end: usize, outputs: i32, multiplier: i32, finish: Finish, y: usize): void {
  for (let q = 0; q < outputs; q++) {
    let sum: f32 = 0
    for (let t = taps; t < end; t += TAP_BYTES) {
      const value = load<f32>(at(changetype<Tap>(t).source, q / multiplier))
      sum = multiplyAddScalar(sum, value, load<f32>(at(changetype<Tap>(t).filter, q)))
    }
    if (finish.bias) sum += load<f32>(at(finish.bias, q))
    store<f32>(at(y, q), min<f32>(max<f32>(sum, finish.low), finish.high))
  }
}

/** The sums of all outputs of each channel: `dx[c] = Σ source[q] · filter[q]` over the taps and the outputs q of channel c. */
export function sumOutputs(taps: usize, end: usize, channels: i32, multiplier: i32, dx: usize): void {
  for (let c = 0; c < channels; c++) {
    let sum: f32 = 0
    for (let t = taps; t < end; t += TAP_BYTES) {
      for (let q = c * multiplier; q < (c + 1) * multiplier; q++) {
        sum = multiplyAddScalar(sum, load<f32>(at(changetype<Tap>(t).source, q)), load<f32>(at(changetype<Tap>(t).filter, q)))
      }
    }
    store<f32>(at(dx, c), sum)
  }
}
