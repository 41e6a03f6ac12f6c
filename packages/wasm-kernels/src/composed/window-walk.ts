import type { Window } from '../window.ts'

/** One element of one window: flat positions, without channels, of the output and of the input, and the filter element. */
export type Visit = (output: number, input: number, element: number) => void

const visitWindow = (w: Window, example: number, oy: number, ox: number, visit: Visit): void => {
  const output = (example * w.outHeight + oy) * w.outWidth + ox
  for (let element = 0; element < w.filterHeight * w.filterWidth; element++) {
    const ky = Math.floor(element / w.filterWidth)
    const iy = oy * w.strideHeight - w.padInfo.top + ky * w.dilationHeight
    const ix = ox * w.strideWidth - w.padInfo.left + (element % w.filterWidth) * w.dilationWidth
    if (iy >= 0 && iy < w.inHeight && ix >= 0 && ix < w.inWidth) {
      visit(output, (example * w.inHeight + iy) * w.inWidth + ix, element)
    }
  }
}

/** Visits every pair of output and input positions that a window connects, padding left out, in a fixed order. */
export const walkWindows = (w: Window, visit: Visit): void => {
  for (let example = 0; example < w.batchSize; example++) {
    for (let oy = 0; oy < w.outHeight; oy++) {
      for (let ox = 0; ox < w.outWidth; ox++) visitWindow(w, example, oy, ox, visit)
    }
  }
}
