import { FINISH_BYTES, Finish, TAP_BYTES, TILE_POSITIONS, Tap, sumFourPositions, sumMultiplied, sumOutputs, sumPosition } from './depthwise-taps'
import { isSlide, slideRow } from './depthwise-slide'
import { HIGHEST, LOWEST } from './elementwise'
import { at } from './simd'
import { Window, inputColumn, inputRow, inside } from './window'

/** Bytes of scratch that a depthwise convolution and its input gradient need: the taps of a position. */
export function depthwiseScratch(w: Window): i32 {
  return w.filterHeight * w.filterWidth * <i32>TAP_BYTES + <i32>FINISH_BYTES
}

/** Puts how sums are finished at the start of the scratch. */
@inline
function finishAt(scratch: usize, bias: usize, low: f32, high: f32): Finish {
  const finish = changetype<Finish>(scratch)
  finish.bias = bias
  finish.low = low
  finish.high = high
  return finish
}

/** Lists the taps of an output position that lie inside of the map, by filter column and row. Returns their end. */
function listForward(w: Window, image: usize, oy: i32, ox: i32, filter: usize, taps: usize): usize {
  for (let kx = 0; kx < w.filterWidth; kx++) {
    const ix = inputColumn(w, ox, kx)
    if (!inside(ix, w.inWidth)) continue
    for (let ky = 0; ky < w.filterHeight; ky++) {
      const iy = inputRow(w, oy, ky)
      if (!inside(iy, w.inHeight)) continue
      const tap = changetype<Tap>(taps)
      tap.source = at(image, (iy * w.inWidth + ix) * w.inChannels)
      tap.filter = at(filter, (ky * w.filterWidth + kx) * w.outChannels)
      taps += TAP_BYTES
    }
  }
  return taps
}

/**
 * Depthwise convolution `y = clip(x * filter + bias)` to [low, high]; `bias` may be 0, the filter is [height, width,
 * channels, multiplier]. Every output is one running sum by filter column and row over the inputs inside of the map.
 */
export function depthwiseForward(w: Window, x: usize, filter: usize, bias: usize, low: f32, high: f32, y: usize, scratch: usize): void {
  const finish = finishAt(scratch, bias, low, high)
  const taps = scratch + FINISH_BYTES
  const multiplier = w.outChannels / w.inChannels
  const step = at(0, w.strideWidth * w.inChannels)
  const last = w.filterWidth - 1
  const slides = isSlide(w)
  for (let line = 0; line < w.batch * w.outHeight; line++) {
    const example = line / w.outHeight
    const oy = line - example * w.outHeight
    const image = at(x, example * w.inHeight * w.inWidth * w.inChannels)
    if (slides && oy > 0 && oy + 1 < w.outHeight) {
      slideRow(w, at(image, (oy - 1) * w.inWidth * w.inChannels), filter, finish, at(y, line * w.outWidth * w.outChannels))
      continue
    }
    for (let ox = 0; ox < w.outWidth; ) {
      const end = listForward(w, image, oy, ox, filter, taps)
      const out = at(y, (line * w.outWidth + ox) * w.outChannels)
      const tile = ox + TILE_POSITIONS <= w.outWidth && inputColumn(w, ox, 0) >= 0
      if (multiplier != 1) {
        sumMultiplied(taps, end, w.outChannels, multiplier, finish, out)
        ox++
      } else if (tile && inputColumn(w, ox + TILE_POSITIONS - 1, last) < w.inWidth) {
        sumFourPositions(taps, end, step, w.inChannels, finish, out)
        ox += TILE_POSITIONS
      } else {
        sumPosition(taps, end, w.inChannels, finish, out)
        ox++
      }
    }
  }
}

/** The output position along one axis that reads input `index` by filter element `k`, or -1. */
@inline
function outputOf(index: i32, padding: i32, k: i32, stride: i32, size: i32): i32 {
  const place = index + padding - k
  if (place < 0) return -1
  const output = place / stride
  return output * stride == place && output < size ? output : -1
}

/** Lists the outputs that read an input position, by output row, then by filter column. Returns their end. */
function listBackward(w: Window, dy: usize, iy: i32, ix: i32, filter: usize, taps: usize): usize {
  for (let ky = w.filterHeight - 1; ky >= 0; ky--) {
    const oy = outputOf(iy, w.padTop, ky * w.dilationHeight, w.strideHeight, w.outHeight)
    if (oy < 0) continue
    for (let kx = 0; kx < w.filterWidth; kx++) {
      const ox = outputOf(ix, w.padLeft, kx * w.dilationWidth, w.strideWidth, w.outWidth)
      if (ox < 0) continue
      const tap = changetype<Tap>(taps)
      tap.source = at(dy, (oy * w.outWidth + ox) * w.outChannels)
      tap.filter = at(filter, (ky * w.filterWidth + kx) * w.outChannels)
      taps += TAP_BYTES
    }
  }
  return taps
}

/** Whether four neighbouring input positions from `ix` are read through every filter column. */
@inline
function isInner(w: Window, ix: i32): bool {
  if (w.strideWidth != 1 || ix + TILE_POSITIONS > w.inWidth) return false
  const first = ix + w.padLeft - (w.filterWidth - 1) * w.dilationWidth
  return first >= 0 && ix + w.padLeft + TILE_POSITIONS <= w.outWidth
}

/** Gradient of a depthwise convolution in its input; the filter is [height, width, channels, multiplier]. */
export function depthwiseInputGradient(w: Window, dy: usize, filter: usize, dx: usize, scratch: usize): void {
  const finish = finishAt(scratch, 0, LOWEST, HIGHEST)
  const taps = scratch + FINISH_BYTES
  const multiplier = w.outChannels / w.inChannels
  const step = at(0, w.outChannels)
  for (let line = 0; line < w.batch * w.inHeight; line++) {
    const example = line / w.inHeight
    const iy = line - example * w.inHeight
    const image = at(dy, example * w.outHeight * w.outWidth * w.outChannels)
    for (let ix = 0; ix < w.inWidth; ) {
      const end = listBackward(w, image, iy, ix, filter, taps)
      const out = at(dx, (line * w.inWidth + ix) * w.inChannels)
      if (multiplier != 1) {
        sumOutputs(taps, end, w.inChannels, multiplier, out)
        ix++
      } else if (isInner(w, ix)) {
        sumFourPositions(taps, end, step, w.inChannels, finish, out)
        ix += TILE_POSITIONS
      } else {
        sumPosition(taps, end, w.inChannels, finish, out)
        ix++
      }
    }
  }
}
