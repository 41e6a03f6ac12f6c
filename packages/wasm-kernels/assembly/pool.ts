import { at } from './simd'
import { Window, inputBytes, inputColumn, inputRow, inside } from './window'

/** Lanes in which the input is the window's maximum; a NaN matches a NaN. */
@inline
function matches(input: v128, maximum: v128): v128 {
  return v128.or(f32x4.eq(input, maximum), v128.and(f32x4.ne(input, input), f32x4.ne(maximum, maximum)))
}

@inline
function matchesScalar(input: f32, maximum: f32): bool {
  return input == maximum || (input != input && maximum != maximum)
}

/** True where windows neither overlap nor leave a gap nor reach into padding: every input has one window. */
function tiles(w: Window): bool {
  return (
    w.filterHeight == w.strideHeight &&
    w.filterWidth == w.strideWidth &&
    (w.inChannels & 3) == 0 &&
    w.outHeight * w.filterHeight == w.inHeight &&
    w.outWidth * w.filterWidth == w.inWidth &&
    w.padTop == 0 &&
    w.padLeft == 0
  )
}

/** `maxPoolGradient` for windows that tile the input: every input is written once and nothing is read back. */
function maxPoolTileGradient(w: Window, dy: usize, x: usize, y: usize, dx: usize): void {
  const channels = w.inChannels
  for (let line = 0; line < w.batch * w.outHeight; line++) {
    for (let ox = 0; ox < w.outWidth; ox++) {
      const output = (line * w.outWidth + ox) * channels
      const corner = (line * w.filterHeight * w.inWidth + ox * w.filterWidth) * channels
      for (let c = 0; c < channels; c += 4) {
        const maximum = v128.load(at(y, output + c))
        let gradient = v128.load(at(dy, output + c))
        for (let ky = 0; ky < w.filterHeight; ky++) {
          for (let kx = 0; kx < w.filterWidth; kx++) {
            const index = corner + (ky * w.inWidth + kx) * channels + c
            const match = matches(v128.load(at(x, index)), maximum)
            v128.store(at(dx, index), v128.and(gradient, match))
            gradient = v128.andnot(gradient, match)
          }
        }
      }
    }
  }
}

/** Index of the first input channel under an element of a pooling window, or -1 in the padding. */
@inline
function tapIndex(w: Window, example: i32, oy: i32, ox: i32, ky: i32, kx: i32): i32 {
  const iy = inputRow(w, oy, ky)
  const ix = inputColumn(w, ox, kx)
  const valid = inside(iy, w.inHeight) && inside(ix, w.inWidth)
  return valid ? ((example * w.inHeight + iy) * w.inWidth + ix) * w.inChannels : -1
}

/** Gives the gradient of four channels of one output to the first maximum of its window. */
@inline
function routeVector(w: Window, example: i32, oy: i32, ox: i32, c: i32, gradient: v128, maximum: v128, x: usize, dx: usize): void {
  let open = i32x4.splat(-1)
  for (let ky = 0; ky < w.filterHeight; ky++) {
    for (let kx = 0; kx < w.filterWidth; kx++) {
      const index = tapIndex(w, example, oy, ox, ky, kx)
      if (index < 0) continue
      const target = at(dx, index + c)
      const match = v128.and(matches(v128.load(at(x, index + c)), maximum), open)
      open = v128.andnot(open, match)
      v128.store(target, f32x4.add(v128.load(target), v128.and(gradient, match)))
    }
  }
}

@inline
function routeScalar(w: Window, example: i32, oy: i32, ox: i32, c: i32, gradient: f32, maximum: f32, x: usize, dx: usize): void {
  for (let ky = 0; ky < w.filterHeight; ky++) {
    for (let kx = 0; kx < w.filterWidth; kx++) {
      const index = tapIndex(w, example, oy, ox, ky, kx)
      if (index < 0 || !matchesScalar(load<f32>(at(x, index + c)), maximum)) continue
      const target = at(dx, index + c)
      store<f32>(target, load<f32>(target) + gradient)
      return
    }
  }
}

/** Gradient of max pooling: each output's gradient goes to the first input of its window that equals the output. */
export function maxPoolGradient(w: Window, dy: usize, x: usize, y: usize, dx: usize): void {
  if (tiles(w)) {
    maxPoolTileGradient(w, dy, x, y, dx)
    return
  }
  const channels = w.inChannels
  memory.fill(dx, 0, inputBytes(w))
  for (let line = 0; line < w.batch * w.outHeight; line++) {
    const example = line / w.outHeight
    const oy = line - example * w.outHeight
    for (let ox = 0; ox < w.outWidth; ox++) {
      const output = (line * w.outWidth + ox) * channels
      let c = 0
      for (; c + 4 <= channels; c += 4) {
        routeVector(w, example, oy, ox, c, v128.load(at(dy, output + c)), v128.load(at(y, output + c)), x, dx)
      }
      for (; c < channels; c++) {
        routeScalar(w, example, oy, ox, c, load<f32>(at(dy, output + c)), load<f32>(at(y, output + c)), x, dx)
      }
    }
  }
}

/** Number of elements of an output's window that lie in the image. */
@inline
function windowSize(w: Window, oy: i32, ox: i32): i32 {
  let count = 0
  for (let ky = 0; ky < w.filterHeight; ky++) {
    for (let kx = 0; kx < w.filterWidth; kx++) count += <i32>(tapIndex(w, 0, oy, ox, ky, kx) >= 0)
  }
  return count
}

/** `dx += dy · scale` over the channels of one position. */
@inline
function addScaled(channels: i32, dy: usize, scale: f32, dx: usize): void {
  let c = 0
  for (; c + 4 <= channels; c += 4) {
    const p = at(dx, c)
    v128.store(p, f32x4.add(v128.load(p), f32x4.mul(v128.load(at(dy, c)), f32x4.splat(scale))))
  }
  for (; c < channels; c++) {
    const p = at(dx, c)
    store<f32>(p, load<f32>(p) + load<f32>(at(dy, c)) * scale)
  }
}

/** Gradient of average pooling, which divides by the number of inputs in the image, not by the window's size. */
export function avgPoolGradient(w: Window, dy: usize, dx: usize): void {
  const channels = w.inChannels
  memory.fill(dx, 0, inputBytes(w))
  for (let line = 0; line < w.batch * w.outHeight; line++) {
    const example = line / w.outHeight
    const oy = line - example * w.outHeight
    for (let ox = 0; ox < w.outWidth; ox++) {
      const gradient = at(dy, (line * w.outWidth + ox) * channels)
      const scale = <f32>1 / <f32>windowSize(w, oy, ox)
      for (let ky = 0; ky < w.filterHeight; ky++) {
        for (let kx = 0; kx < w.filterWidth; kx++) {
          const index = tapIndex(w, example, oy, ox, ky, kx)
          if (index >= 0) addScaled(channels, gradient, scale, at(dx, index))
        }
      }
    }
  }
}
