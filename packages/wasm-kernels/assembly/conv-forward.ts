import { BLOCK_DEPTH, TILE_COLUMNS, TILE_ROWS, multiplyPanels, packAllColumns, packRows, roundUp } from './gemm'
import { convShallow, convShallowScratch, isShallow } from './conv-shallow'
import { finishRows } from './elementwise'
import { at, min, storeTransposed } from './simd'
import { Window, fanIn, inputColumn, inputRow, inside, isPointwise, positions } from './window'
import { winogradForward, winogradScratch } from './winograd'
import { isWinograd } from './winograd-tiles'

/** Output positions computed at a time. */
const BLOCK_POSITIONS: i32 = 64
/** An input row that lies outside every image. */
const OUTSIDE: i32 = -0x40000000

/** Where the patch of one output position starts; row and column may lie in the padding. */
@unmanaged
class Patch {
  row: i32
  column: i32
  address: usize
}
const PATCH_BYTES: usize = 12

/** Bytes of scratch that `convForward` needs: the packed filter, one block of patches and the places of its positions. */
export function convForwardScratch(w: Window): i32 {
  if (isShallow(w)) return convShallowScratch(w)
  if (isWinograd(w, w.inChannels)) return winogradScratch(w.inChannels, w.outChannels)
  const packedFilter = roundUp(w.outChannels, TILE_COLUMNS) * fanIn(w)
  return ((packedFilter + BLOCK_POSITIONS * BLOCK_DEPTH) << 2) + BLOCK_POSITIONS * <i32>PATCH_BYTES
}

@inline
function patchAt(patches: usize, index: i32): Patch {
  return changetype<Patch>(patches + <usize>index * PATCH_BYTES)
}

/** Fills in the places of `count` positions from `first`, and of nowhere up to a whole panel. */
function locatePatches(w: Window, x: usize, first: i32, count: i32, patches: usize): void {
  for (let i = 0; i < roundUp(count, TILE_ROWS); i++) {
    const patch = patchAt(patches, i)
    const line = (first + i) / w.outWidth
    const example = line / w.outHeight
    const row = inputRow(w, line - example * w.outHeight, 0)
    patch.column = inputColumn(w, first + i - line * w.outWidth, 0)
    patch.row = i < count ? row : OUTSIDE
    patch.address = at(x, ((example * w.inHeight + row) * w.inWidth + patch.column) * w.inChannels)
  }
}

/** Address of the input under filter element (`dy`, `dx`) of a patch, or 0 in the padding. */
@inline
function tapAddress(w: Window, patch: Patch, dy: i32, dx: i32, channel: i32): usize {
  const valid = inside(patch.row + dy, w.inHeight) && inside(patch.column + dx, w.inWidth)
  return valid ? at(patch.address, (dy * w.inWidth + dx) * w.inChannels + channel) : 0
}

/** Four numbers at `address`, or zeros where it is 0; `spare` is any readable place. */
@inline
function loadOrZero(address: usize, offset: usize, spare: usize): v128 {
  return v128.and(v128.load((address ? address : spare) + offset), i32x4.splat(-(<i32>(address != 0))))
}

@inline
function loadLaneOrZero(address: usize, offset: usize): f32 {
  return address ? load<f32>(address + offset) : 0
}

/** Packs `count` channels under one filter element of four positions as [count, 4]. */
function packTap(s0: usize, s1: usize, s2: usize, s3: usize, count: i32, target: usize, spare: usize): void {
  if (count == 1 && s0 && s1 == s0 + 4 && s2 == s0 + 8 && s3 == s0 + 12) {
    v128.store(target, v128.load(s0))
    return
  }
  const bytes = (<usize>count) << 2
  let c: usize = 0
  for (; c + 16 <= bytes; c += 16) {
    const r0 = loadOrZero(s0, c, spare)
    const r1 = loadOrZero(s1, c, spare)
    const r2 = loadOrZero(s2, c, spare)
    const r3 = loadOrZero(s3, c, spare)
    storeTransposed(r0, r1, r2, r3, target + 4 * c, 16)
  }
  for (; c < bytes; c += 4) {
    const out = target + 4 * c
    store<f32>(out, loadLaneOrZero(s0, c))
    store<f32>(out, loadLaneOrZero(s1, c), 4)
    store<f32>(out, loadLaneOrZero(s2, c), 8)
    store<f32>(out, loadLaneOrZero(s3, c), 12)
  }
}

/** Packs `length` numbers from `first` of the patches of four positions, ordered (filter row, column, channel). */
function packPatches(w: Window, patches: usize, first: i32, length: i32, target: usize, spare: usize): void {
  const end = first + length
  let k = first
  while (k < end) {
    const tap = k / w.inChannels
    const channel = k - tap * w.inChannels
    const ky = tap / w.filterWidth
    const dy = ky * w.dilationHeight
    const dx = (tap - ky * w.filterWidth) * w.dilationWidth
    const count = min(w.inChannels - channel, end - k)
    packTap(
      tapAddress(w, patchAt(patches, 0), dy, dx, channel),
      tapAddress(w, patchAt(patches, 1), dy, dx, channel),
      tapAddress(w, patchAt(patches, 2), dy, dx, channel),
      tapAddress(w, patchAt(patches, 3), dy, dx, channel),
      count,
      at(target, (k - first) * TILE_ROWS),
      spare,
    )
    k += count
  }
}

/**
 * `y = clip(x * filter + bias)` to [low, high]; `bias` may be 0. The method is chosen by the sizes
 * of the window alone, so that an example has the same bits in every batch.
 */
export function convForward(w: Window, x: usize, filter: usize, bias: usize, low: f32, high: f32, y: usize, scratch: usize): void {
  if (isShallow(w)) convShallow(w, x, filter, bias, low, high, y, scratch)
  else if (isWinograd(w, w.inChannels)) {
    winogradForward(w, x, filter, false, y, scratch)
    finishRows(positions(w), w.outChannels, bias, low, high, y)
  } else convPacked(w, x, filter, bias, low, high, y, scratch)
}

/** The same by a packed filter. */
function convPacked(w: Window, x: usize, filter: usize, bias: usize, low: f32, high: f32, y: usize, scratch: usize): void {
  packAllColumns(w.outChannels, fanIn(w), filter, 1, w.outChannels, scratch)
  multiplyPatches(w, x, bias, low, high, y, scratch)
}

/** Tells whether `convForward` packs the filter of a window as it is. */
export function packsFilter(w: Window): bool {
  return !isShallow(w) && !isWinograd(w, w.inChannels)
}

/** `convForward` by patches of 64 positions at a time times the filter that `packAllColumns` left in `scratch`. */
export function multiplyPatches(w: Window, x: usize, bias: usize, low: f32, high: f32, y: usize, scratch: usize): void {
  const columns = w.outChannels
  const depth = fanIn(w)
  const padded = roundUp(columns, TILE_COLUMNS)
  const packedPatches = at(scratch, padded * depth)
  const places = at(packedPatches, BLOCK_POSITIONS * BLOCK_DEPTH)
  const pointwise = isPointwise(w)
  for (let p = 0; p < positions(w); p += BLOCK_POSITIONS) {
    const rows = min(BLOCK_POSITIONS, positions(w) - p)
    const target = at(y, p * columns)
    if (!pointwise) locatePatches(w, x, p, rows, places)
    for (let k = 0; k < depth; k += BLOCK_DEPTH) {
      const length = min(BLOCK_DEPTH, depth - k)
      if (pointwise) packRows(rows, length, at(x, p * depth + k), depth, 1, packedPatches)
      else {
        for (let i = 0; i < rows; i += TILE_ROWS) {
          packPatches(w, places + <usize>i * PATCH_BYTES, k, length, at(packedPatches, i * length), x)
        }
      }
      multiplyPanels(rows, columns, length, packedPatches, at(scratch, k * padded), target, columns, k > 0)
    }
    finishRows(rows, columns, bias, low, high, target)
  }
}
