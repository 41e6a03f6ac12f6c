/** Sizes of a two-dimensional convolution or pooling over channels-last images, as written by `src/window.ts`. */
@unmanaged
export class Window {
  batch: i32
  inHeight: i32
  inWidth: i32
  inChannels: i32
  outHeight: i32
  outWidth: i32
  outChannels: i32
  filterHeight: i32
  filterWidth: i32
  strideHeight: i32
  strideWidth: i32
  dilationHeight: i32
  dilationWidth: i32
  padTop: i32
  padLeft: i32
}

/** Number of output positions of all examples together. */
@inline
export function positions(w: Window): i32 {
  return w.batch * w.outHeight * w.outWidth
}

/** Number of input numbers that feed one output number of an ordinary convolution. */
@inline
export function fanIn(w: Window): i32 {
  return w.filterHeight * w.filterWidth * w.inChannels
}

/** Whether each output position reads the one input position at its own place, so that an image is a matrix. */
@inline
export function isPointwise(w: Window): bool {
  const whole = w.outHeight == w.inHeight && w.outWidth == w.inWidth && w.padTop == 0 && w.padLeft == 0
  return whole && fanIn(w) == w.inChannels && w.strideHeight == 1 && w.strideWidth == 1
}

@inline
export function inputBytes(w: Window): usize {
  return (<usize>(w.batch * w.inHeight * w.inWidth * w.inChannels)) << 2
}

/** Input row under filter row `ky` of output row `oy`; may lie outside. */
@inline
export function inputRow(w: Window, oy: i32, ky: i32): i32 {
  return oy * w.strideHeight - w.padTop + ky * w.dilationHeight
}

/** Input column under filter column `kx` of output column `ox`; may lie outside. */
@inline
export function inputColumn(w: Window, ox: i32, kx: i32): i32 {
  return ox * w.strideWidth - w.padLeft + kx * w.dilationWidth
}

/** True where `0 <= index < size`. */
@inline
export function inside(index: i32, size: i32): bool {
  return <u32>index < <u32>size
}
