import { Finish, finished } from './depthwise-taps'
import { at, multiplyAdd } from './simd'
import { Window } from './window'

/** Whether a window is of the kind that `slideRow` takes: 3×3, one output a channel, and a map of the size of its input. */
export function isSlide(w: Window): bool {
  const three = w.filterHeight == 3 && w.filterWidth == 3 && w.padTop == 1 && w.padLeft == 1
  const dense = w.strideHeight == 1 && w.strideWidth == 1 && w.dilationHeight == 1 && w.dilationWidth == 1
  const same = w.outHeight == w.inHeight && w.outWidth == w.inWidth && w.outChannels == w.inChannels
  return three && dense && same && (w.inChannels & 3) == 0
}

/**
 * One row of outputs from three rows of the map that start at `rows`, four channels at a time. The filter stays in registers
 * and every number of the map is loaded once; each output is the running sum by filter column and row of `sumPosition`.
 */
export function slideRow(w: Window, rows: usize, filter: usize, finish: Finish, y: usize): void {
  const step = at(0, w.inChannels)
  for (let c = 0; c < w.inChannels; c += 4) {
    slideFour(at(rows, c), <usize>w.inWidth * step, step, at(filter, c), finish, at(0, c), at(y, c))
  }
}

/** Four channels of a row of `rowBytes`; `offset` is the place of the channels in the biases. */
function slideFour(x: usize, rowBytes: usize, step: usize, filter: usize, finish: Finish, offset: usize, y: usize): void {
  const f00 = v128.load(filter)
  const f01 = v128.load(filter + step)
  const f02 = v128.load(filter + 2 * step)
  const f10 = v128.load(filter + 3 * step)
  const f11 = v128.load(filter + 4 * step)
  const f12 = v128.load(filter + 5 * step)
  const f20 = v128.load(filter + 6 * step)
  const f21 = v128.load(filter + 7 * step)
  const f22 = v128.load(filter + 8 * step)
  const end = x + rowBytes
  // The outputs left of, under and right of the current column of the map.
  let left = f32x4.splat(0)
  let here = left
  let right = left
  for (let column = x; column < end; column += step) {
    let value = v128.load(column)
    left = multiplyAdd(here, value, f02)
    here = multiplyAdd(right, value, f01)
    right = multiplyAdd(f32x4.splat(0), value, f00)
    value = v128.load(column + rowBytes)
    left = multiplyAdd(left, value, f12)
    here = multiplyAdd(here, value, f11)
    right = multiplyAdd(right, value, f10)
    value = v128.load(column + 2 * rowBytes)
    left = multiplyAdd(left, value, f22)
    here = multiplyAdd(here, value, f21)
    right = multiplyAdd(right, value, f20)
    if (column == x) continue
    v128.store(y, finished(finish, left, offset, 4))
    y += step
  }
  v128.store(y, finished(finish, here, offset, 4))
}
