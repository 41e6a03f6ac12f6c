import { BLOCK_DEPTH, TILE_COLUMNS, multiplyPanels, packAllColumns, packRows, roundUp } from './gemm'
import { addTo, at, min } from './simd'
import { Window, fanIn, inputBytes, inputColumn, inputRow, inside, isPointwise, positions } from './window'
import { winogradInputGradient, winogradInputGradientScratch } from './winograd'
import { isWinograd } from './winograd-tiles'

/** Output positions whose input gradient is computed at a time. */
const BLOCK_POSITIONS: i32 = 64

/** Bytes of scratch that `convInputGradient` needs: the packed filter, 64 packed rows of dy and their patches. */
export function convInputGradientScratch(w: Window): i32 {
  if (isWinograd(w, w.outChannels)) return winogradInputGradientScratch(w)
  const filter = roundUp(fanIn(w), TILE_COLUMNS) * w.outChannels
  return (filter + BLOCK_POSITIONS * (BLOCK_DEPTH + fanIn(w))) << 2
}

/** Adds the patch of one output position to the input gradient. */
function addPatch(w: Window, patch: usize, position: i32, dx: usize): void {
  const line = position / w.outWidth
  const ox = position - line * w.outWidth
  const example = line / w.outHeight
  const oy = line - example * w.outHeight
  for (let ky = 0; ky < w.filterHeight; ky++) {
    const iy = inputRow(w, oy, ky)
    if (!inside(iy, w.inHeight)) continue
    for (let kx = 0; kx < w.filterWidth; kx++) {
      const ix = inputColumn(w, ox, kx)
      if (!inside(ix, w.inWidth)) continue
      const target = at(dx, ((example * w.inHeight + iy) * w.inWidth + ix) * w.inChannels)
      addTo(target, at(patch, (ky * w.filterWidth + kx) * w.inChannels), w.inChannels)
    }
  }
}

/** `dx = Σ patches`, where the patch of a position is its row of `dy · filterᵀ`. */
export function convInputGradient(w: Window, dy: usize, filter: usize, dx: usize, scratch: usize): void {
  if (isWinograd(w, w.outChannels)) {
    winogradInputGradient(w, dy, filter, dx, scratch)
    return
  }
  packAllColumns(fanIn(w), w.outChannels, filter, w.outChannels, 1, scratch)
  scatterPatches(w, dy, dx, scratch)
}

/** `convInputGradient` with the filter packed in `scratch`: transposed, [out channels, elements], by `packAllColumns`. */
export function scatterPatches(w: Window, dy: usize, dx: usize, scratch: usize): void {
  const depth = w.outChannels
  const columns = fanIn(w)
  const padded = roundUp(columns, TILE_COLUMNS)
  const packedRows = at(scratch, padded * depth)
  const patches = at(packedRows, BLOCK_POSITIONS * BLOCK_DEPTH)
  const pointwise = isPointwise(w)
  if (!pointwise) memory.fill(dx, 0, inputBytes(w))
  for (let p = 0; p < positions(w); p += BLOCK_POSITIONS) {
    const rows = min(BLOCK_POSITIONS, positions(w) - p)
    const target = pointwise ? at(dx, p * columns) : patches
    for (let k = 0; k < depth; k += BLOCK_DEPTH) {
      const length = min(BLOCK_DEPTH, depth - k)
      packRows(rows, length, at(dy, p * depth + k), depth, 1, packedRows)
      multiplyPanels(rows, columns, length, packedRows, at(scratch, k * padded), target, columns, k > 0)
    }
    if (pointwise) continue
    for (let i = 0; i < rows; i++) addPatch(w, at(patches, i * columns), p + i, dx)
  }
}
