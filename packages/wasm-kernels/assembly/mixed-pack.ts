import { BLOCK_DEPTH, TILE_COLUMNS, packAllColumns } from './gemm'
import { Mixture, mixKernel } from './mixture'
import { at, min, storeTransposed } from './simd'

/** `(1 - u)·source + u·(f·fineTuned + (1 - f)·random)` of the kernels at byte `i`, rounded as in `mix`. */
@inline
function mixed(m: Mixture, i: usize, u: v128, f: v128): v128 {
  const one = f32x4.splat(1)
  let open = v128.load(m.fineTuned + i)
  if (m.random) open = f32x4.add(f32x4.mul(f, open), f32x4.mul(f32x4.sub(one, f), v128.load(m.random + i)))
  return f32x4.add(f32x4.mul(f32x4.sub(one, u), v128.load(m.source + i)), f32x4.mul(u, open))
}

/** The gates of four channels; the update gate serves for a fine-tune gate that is not there. */
@inline
function fineTuneOf(m: Mixture, group: i32, c: i32, u: v128): v128 {
  return m.random ? v128.load(at(m.fineTune, group * m.fineTuneStride + c)) : u
}

@inline
function updateOf(m: Mixture, group: i32, c: i32): v128 {
  return v128.load(at(m.update, group * m.updateStride + c))
}

/**
 * The mixed kernel of one group, [elements, channels], packed by `packAllColumns`. It is mixed on the way, without a copy in
 * between, where the channels fill whole panels; `kernel` has room for it elsewhere.
 */
export function packMixed(m: Mixture, group: i32, elements: i32, channels: i32, kernel: usize, target: usize): void {
  if (channels % TILE_COLUMNS) {
    mixKernel(m, group, elements, channels, kernel)
    packAllColumns(channels, elements, kernel, 1, channels, target)
    return
  }
  const stride = at(0, channels)
  for (let k = 0; k < elements; k += BLOCK_DEPTH) {
    const length = min(BLOCK_DEPTH, elements - k)
    for (let j = 0; j < channels; j += TILE_COLUMNS) {
      const u0 = updateOf(m, group, j)
      const u1 = updateOf(m, group, j + 4)
      const f0 = fineTuneOf(m, group, j, u0)
      const f1 = fineTuneOf(m, group, j + 4, u1)
      let i = at(0, k * channels + j)
      let out = at(target, k * channels + j * length)
      for (const end = out + (<usize>length << 5); out < end; out += 32) {
        v128.store(out, mixed(m, i, u0, f0))
        v128.store(out, mixed(m, i + 16, u1, f1), 16)
        i += stride
      }
    }
  }
}

/** The same of its transpose, [channels, elements], where both fill whole panels. */
export function packMixedTransposed(
  m: Mixture,
  group: i32,
  elements: i32,
  channels: i32,
  kernel: usize,
  target: usize,
): void {
  if (elements % TILE_COLUMNS || channels & 3) {
    mixKernel(m, group, elements, channels, kernel)
    packAllColumns(elements, channels, kernel, channels, 1, target)
    return
  }
  const stride = at(0, channels)
  for (let k = 0; k < channels; k += BLOCK_DEPTH) {
    const length = min(BLOCK_DEPTH, channels - k)
    for (let j = 0; j < elements; j += TILE_COLUMNS) {
      let out = at(target, k * elements + j * length)
      for (let c = k; c < k + length; c += 4) {
        const u = updateOf(m, group, c)
        const f = fineTuneOf(m, group, c, u)
        for (let r = 0; r < TILE_COLUMNS; r += 4) {
          const i = at(0, (j + r) * channels + c)
          const low = mixed(m, i, u, f)
          const next = mixed(m, i + stride, u, f)
          const third = mixed(m, i + 2 * stride, u, f)
          storeTransposed(low, next, third, mixed(m, i + 3 * stride, u, f), at(out, r), 32)
        }
        out += 128
      }
    }
  }
}
