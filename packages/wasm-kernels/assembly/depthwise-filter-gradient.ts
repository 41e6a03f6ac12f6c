import { at, min, multiplyAdd, multiplyAddScalar } from './simd'
import { Window, inputColumn, inputRow, inside } from './window'

/** First output column whose input column under `kx` is not left of the image. */
@inline
function firstColumn(w: Window, kx: i32): i32 {
  let ox = 0
  while (ox < w.outWidth && inputColumn(w, ox, kx) < 0) ox++
  return ox
}

/** One past the last output column whose input column under `kx` is not right of the image. */
@inline
function lastColumn(w: Window, kx: i32): i32 {
  let ox = w.outWidth
  while (ox > 0 && inputColumn(w, ox - 1, kx) >= w.inWidth) ox--
  return ox
}

/** Adds `count` positions of one output row to the gradient of one filter element. */
function addFilterGradient(w: Window, x: usize, dy: usize, count: i32, dw: usize): void {
  const outputs = w.outChannels
  const multiplier = outputs / w.inChannels
  const inputStep = at(0, w.strideWidth * w.inChannels)
  const outputStep = at(0, outputs)
  let q = 0
  if (multiplier == 1) {
    for (; q + 4 <= outputs; q += 4) {
      let sum = v128.load(at(dw, q))
      for (let i = 0; i < count; i++) {
        sum = multiplyAdd(sum, v128.load(at(x, q) + <usize>i * inputStep), v128.load(at(dy, q) + <usize>i * outputStep))
      }
      v128.store(at(dw, q), sum)
    }
  }
  for (; q < outputs; q++) {
    const source = at(x, q / multiplier)
    let sum = load<f32>(at(dw, q))
    for (let i = 0; i < count; i++) {
      const value = load<f32>(source + <usize>i * inputStep)
      sum = multiplyAddScalar(sum, value, load<f32>(at(dy, q) + <usize>i * outputStep))
    }
    store<f32>(at(dw, q), sum)
  }
}

/** Gradient of a depthwise convolution in its filter [height, width, channels, multiplier]. */
export function depthwiseFilterGradient(w: Window, x: usize, dy: usize, dw: usize): void {
  const channels = w.inChannels
  const outputs = w.outChannels
  memory.fill(dw, 0, (<usize>(w.filterHeight * w.filterWidth * outputs)) << 2)
  for (let line = 0; line < w.batch * w.outHeight; line++) {
    const example = line / w.outHeight
    for (let ky = 0; ky < w.filterHeight; ky++) {
      const iy = inputRow(w, line - example * w.outHeight, ky)
      if (!inside(iy, w.inHeight)) continue
      for (let kx = 0; kx < w.filterWidth; kx++) {
        const first = min(firstColumn(w, kx), lastColumn(w, kx))
        const source = at(x, ((example * w.inHeight + iy) * w.inWidth + inputColumn(w, first, kx)) * channels)
        const gradient = at(dy, (line * w.outWidth + first) * outputs)
        addFilterGradient(w, source, gradient, lastColumn(w, kx) - first, at(dw, (ky * w.filterWidth + kx) * outputs))
      }
    }
  }
}
