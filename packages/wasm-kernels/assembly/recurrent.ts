import {
  BLOCK_DEPTH,
  BLOCK_ROWS,
  TILE_COLUMNS,
  gemm,
  gemmScratch,
  multiplyPacked,
  packAllColumns,
  roundUp,
} from './gemm'
import { logisticSlope, tanhSlope } from './cells'
import { at, loadSome, storeSome } from './simd'
import { sumColumns } from './reduce'
import { sigmoid, tanh } from './transcendental'

/** Bytes of scratch of a sequence: recurrent weights packed for one direction, packed rows, and the products of a step. */
export function recurrentScratch(batch: i32, hidden: i32, gates: i32): i32 {
  const width = roundUp(gates * hidden, TILE_COLUMNS)
  return ((width * roundUp(hidden, TILE_COLUMNS) + BLOCK_ROWS * BLOCK_DEPTH + batch * gates * hidden) << 2) + gemmScratch()
}

@inline
function packedRowsAfter(packed: usize, hidden: i32, gates: i32): usize {
  return at(packed, roundUp(gates * hidden, TILE_COLUMNS) * roundUp(hidden, TILE_COLUMNS))
}

@inline
function load(row: usize, gate: i32, hidden: i32, i: i32, some: i32): v128 {
  return loadSome(at(row, gate * hidden + i), some)
}

@inline
function save(row: usize, gate: i32, hidden: i32, i: i32, some: i32, value: v128): void {
  storeSome(at(row, gate * hidden + i), value, some)
}

/** `gruRow` in `some` lanes from `i`. */
@inline
function gruLanes(i: i32, some: i32, hidden: i32, x: usize, product: usize, bias: usize, h: usize, saved: usize, next: usize): void {
  const r = sigmoid(f32x4.add(load(x, 0, hidden, i, some), f32x4.add(load(product, 0, hidden, i, some), load(bias, 0, hidden, i, some))))
  const z = sigmoid(f32x4.add(load(x, 1, hidden, i, some), f32x4.add(load(product, 1, hidden, i, some), load(bias, 1, hidden, i, some))))
  const inner = f32x4.add(load(product, 2, hidden, i, some), load(bias, 2, hidden, i, some))
  const n = tanh(f32x4.add(load(x, 2, hidden, i, some), f32x4.mul(r, inner)))
  save(saved, 0, hidden, i, some, r)
  save(saved, 1, hidden, i, some, z)
  save(saved, 2, hidden, i, some, n)
  save(saved, 3, hidden, i, some, inner)
  save(next, 0, hidden, i, some, f32x4.add(n, f32x4.mul(z, f32x4.sub(load(h, 0, hidden, i, some), n))))
}

/** One example's step: h' from the projected input, the product of h with the recurrent weights, and the bias. */
function gruRow(hidden: i32, x: usize, product: usize, bias: usize, h: usize, saved: usize, next: usize): void {
  const whole = hidden & ~3
  for (let i = 0; i < whole; i += 4) gruLanes(i, 4, hidden, x, product, bias, h, saved, next)
  if (whole < hidden) gruLanes(whole, hidden - whole, hidden, x, product, bias, h, saved, next)
}

/**
 * A GRU over a sequence: projected inputs x [steps, batch, 3·hidden], recurrent weights u [hidden, 3·hidden] with bias
 * [3·hidden], gates in the order reset, update, new. Writes hs [steps, batch, hidden] and what the gradient needs, saved
 * [steps, batch, 4·hidden].
 */
export function gruForward(
  steps: i32,
  batch: i32,
  hidden: i32,
  x: usize,
  u: usize,
  bias: usize,
  h0: usize,
  hs: usize,
  saved: usize,
  scratch: usize,
): void {
  const width = 3 * hidden
  const rows = packedRowsAfter(scratch, hidden, 3)
  const product = at(rows, BLOCK_ROWS * BLOCK_DEPTH)
  packAllColumns(width, hidden, u, 1, width, scratch)
  let h = h0
  for (let t = 0; t < steps; t++) {
    multiplyPacked(batch, width, hidden, h, hidden, scratch, product, width, false, rows)
    const next = at(hs, t * batch * hidden)
    for (let b = 0; b < batch; b++) {
      const step = t * batch + b
      const example = b * hidden
      const kept = at(saved, step * 4 * hidden)
      gruRow(hidden, at(x, step * width), at(product, b * width), bias, at(h, example), kept, at(next, example))
    }
    h = next
  }
}

/** `gruRowGradient` in `some` lanes from `i`. */
@inline
function gruLanesGradient(i: i32, some: i32, hidden: i32, dhs: usize, dh: usize, h: usize, saved: usize, dx: usize, dProduct: usize): void {
  const r = load(saved, 0, hidden, i, some)
  const z = load(saved, 1, hidden, i, some)
  const n = load(saved, 2, hidden, i, some)
  const d = f32x4.add(load(dhs, 0, hidden, i, some), load(dh, 0, hidden, i, some))
  const dn = f32x4.mul(f32x4.mul(d, f32x4.sub(f32x4.splat(1), z)), tanhSlope(n))
  const dz = f32x4.mul(f32x4.mul(d, f32x4.sub(load(h, 0, hidden, i, some), n)), logisticSlope(z))
  const dr = f32x4.mul(f32x4.mul(dn, load(saved, 3, hidden, i, some)), logisticSlope(r))
  save(dx, 0, hidden, i, some, dr)
  save(dx, 1, hidden, i, some, dz)
  save(dx, 2, hidden, i, some, dn)
  save(dProduct, 0, hidden, i, some, dr)
  save(dProduct, 1, hidden, i, some, dz)
  save(dProduct, 2, hidden, i, some, f32x4.mul(dn, r))
  save(dh, 0, hidden, i, some, f32x4.mul(d, z))
}

/** One example's step back: dh holds the gradient from later steps and is left with the direct part of the next one. */
function gruRowGradient(hidden: i32, dhs: usize, dh: usize, h: usize, saved: usize, dx: usize, dProduct: usize): void {
  const whole = hidden & ~3
  for (let i = 0; i < whole; i += 4) gruLanesGradient(i, 4, hidden, dhs, dh, h, saved, dx, dProduct)
  if (whole < hidden) gruLanesGradient(whole, hidden - whole, hidden, dhs, dh, h, saved, dx, dProduct)
}

/** `du = Σ hᵀ · d` over the steps, h being the state before the step and d [steps, batch, width] the products' gradient. */
function recurrentGradient(
  steps: i32,
  batch: i32,
  hidden: i32,
  width: i32,
  h0: usize,
  hs: usize,
  d: usize,
  du: usize,
  scratch: usize,
): void {
  const later = (steps - 1) * batch
  gemm(hidden, width, batch, h0, 1, hidden, d, width, 1, du, false, scratch)
  gemm(hidden, width, later, hs, 1, hidden, at(d, batch * width), width, 1, du, true, scratch)
}

/**
 * Gradients of `gruForward` in x, u, bias and h0 from those of hs; `dProducts` [steps, batch, 3·hidden] is scratch of its
 * own beside `scratch`.
 */
export function gruGradient(
  steps: i32,
  batch: i32,
  hidden: i32,
  dhs: usize,
  u: usize,
  h0: usize,
  hs: usize,
  saved: usize,
  dx: usize,
  du: usize,
  dBias: usize,
  dh0: usize,
  dProducts: usize,
  scratch: usize,
): void {
  const width = 3 * hidden
  const rows = packedRowsAfter(scratch, hidden, 3)
  packAllColumns(hidden, width, u, width, 1, scratch)
  memory.fill(dh0, 0, (<usize>(batch * hidden)) << 2)
  for (let t = steps - 1; t >= 0; t--) {
    const h = t == 0 ? h0 : at(hs, (t - 1) * batch * hidden)
    for (let b = 0; b < batch; b++) {
      const step = t * batch + b
      const example = b * hidden
      const kept = at(saved, step * 4 * hidden)
      const products = at(dProducts, step * width)
      gruRowGradient(hidden, at(dhs, step * hidden), at(dh0, example), at(h, example), kept, at(dx, step * width), products)
    }
    multiplyPacked(batch, hidden, width, at(dProducts, t * batch * width), width, scratch, dh0, hidden, true, rows)
  }
  recurrentGradient(steps, batch, hidden, width, h0, hs, dProducts, du, at(rows, BLOCK_ROWS * BLOCK_DEPTH))
  sumColumns(steps * batch, width, dProducts, dBias, 1)
}

/** `lstmRow` in `some` lanes from `i`. */
@inline
function lstmLanes(i: i32, some: i32, hidden: i32, x: usize, product: usize, c: usize, saved: usize, nextC: usize, nextH: usize): void {
  const input = sigmoid(f32x4.add(load(x, 0, hidden, i, some), load(product, 0, hidden, i, some)))
  const forget = sigmoid(f32x4.add(load(x, 1, hidden, i, some), load(product, 1, hidden, i, some)))
  const cell = tanh(f32x4.add(load(x, 2, hidden, i, some), load(product, 2, hidden, i, some)))
  const output = sigmoid(f32x4.add(load(x, 3, hidden, i, some), load(product, 3, hidden, i, some)))
  const next = f32x4.add(f32x4.mul(forget, load(c, 0, hidden, i, some)), f32x4.mul(input, cell))
  save(saved, 0, hidden, i, some, input)
  save(saved, 1, hidden, i, some, forget)
  save(saved, 2, hidden, i, some, cell)
  save(saved, 3, hidden, i, some, output)
  save(nextC, 0, hidden, i, some, next)
  save(nextH, 0, hidden, i, some, f32x4.mul(output, tanh(next)))
}

/** One example's step: c' and h' from the gates' sums, which become the gates' values. */
function lstmRow(hidden: i32, x: usize, product: usize, c: usize, saved: usize, nextC: usize, nextH: usize): void {
  const whole = hidden & ~3
  for (let i = 0; i < whole; i += 4) lstmLanes(i, 4, hidden, x, product, c, saved, nextC, nextH)
  if (whole < hidden) lstmLanes(whole, hidden - whole, hidden, x, product, c, saved, nextC, nextH)
}

/**
 * An LSTM over a sequence: projected inputs x [steps, batch, 4·hidden] with all biases in them, recurrent weights u
 * [hidden, 4·hidden], gates in the order input, forget, cell, output. Writes hs and cs [steps, batch, hidden] and the
 * gates' values, saved [steps, batch, 4·hidden].
 */
export function lstmForward(
  steps: i32,
  batch: i32,
  hidden: i32,
  x: usize,
  u: usize,
  h0: usize,
  c0: usize,
  hs: usize,
  cs: usize,
  saved: usize,
  scratch: usize,
): void {
  const width = 4 * hidden
  const rows = packedRowsAfter(scratch, hidden, 4)
  const product = at(rows, BLOCK_ROWS * BLOCK_DEPTH)
  packAllColumns(width, hidden, u, 1, width, scratch)
  let h = h0
  let c = c0
  for (let t = 0; t < steps; t++) {
    multiplyPacked(batch, width, hidden, h, hidden, scratch, product, width, false, rows)
    const nextH = at(hs, t * batch * hidden)
    const nextC = at(cs, t * batch * hidden)
    for (let b = 0; b < batch; b++) {
      const step = (t * batch + b) * width
      const example = b * hidden
      lstmRow(hidden, at(x, step), at(product, b * width), at(c, example), at(saved, step), at(nextC, example), at(nextH, example))
    }
    h = nextH
    c = nextC
  }
}

/** `lstmRowGradient` in `some` lanes from `i`. */
@inline
function lstmLanesGradient(i: i32, some: i32, hidden: i32, dhs: usize, dh: usize, dc: usize, c: usize, next: usize, saved: usize, dx: usize): void {
  const input = load(saved, 0, hidden, i, some)
  const forget = load(saved, 1, hidden, i, some)
  const cell = load(saved, 2, hidden, i, some)
  const output = load(saved, 3, hidden, i, some)
  const squashed = tanh(load(next, 0, hidden, i, some))
  const dHidden = f32x4.add(load(dhs, 0, hidden, i, some), load(dh, 0, hidden, i, some))
  const through = f32x4.mul(f32x4.mul(dHidden, output), tanhSlope(squashed))
  const dCell = f32x4.add(load(dc, 0, hidden, i, some), through)
  save(dx, 0, hidden, i, some, f32x4.mul(f32x4.mul(dCell, cell), logisticSlope(input)))
  save(dx, 1, hidden, i, some, f32x4.mul(f32x4.mul(dCell, load(c, 0, hidden, i, some)), logisticSlope(forget)))
  save(dx, 2, hidden, i, some, f32x4.mul(f32x4.mul(dCell, input), tanhSlope(cell)))
  save(dx, 3, hidden, i, some, f32x4.mul(f32x4.mul(dHidden, squashed), logisticSlope(output)))
  save(dc, 0, hidden, i, some, f32x4.mul(dCell, forget))
}

/** One example's step back: dh and dc hold gradients from later steps; dc is left with that of the state before. */
function lstmRowGradient(hidden: i32, dhs: usize, dh: usize, dc: usize, c: usize, next: usize, saved: usize, dx: usize): void {
  const whole = hidden & ~3
  for (let i = 0; i < whole; i += 4) lstmLanesGradient(i, 4, hidden, dhs, dh, dc, c, next, saved, dx)
  if (whole < hidden) lstmLanesGradient(whole, hidden - whole, hidden, dhs, dh, dc, c, next, saved, dx)
}

/** Gradients of `lstmForward` in x, u, h0 and c0 from those of hs. */
export function lstmGradient(
  steps: i32,
  batch: i32,
  hidden: i32,
  dhs: usize,
  u: usize,
  h0: usize,
  c0: usize,
  hs: usize,
  cs: usize,
  saved: usize,
  dx: usize,
  du: usize,
  dh0: usize,
  dc0: usize,
  scratch: usize,
): void {
  const width = 4 * hidden
  const rows = packedRowsAfter(scratch, hidden, 4)
  const states = batch * hidden
  packAllColumns(hidden, width, u, width, 1, scratch)
  memory.fill(dh0, 0, (<usize>states) << 2)
  memory.fill(dc0, 0, (<usize>states) << 2)
  for (let t = steps - 1; t >= 0; t--) {
    const c = t == 0 ? c0 : at(cs, (t - 1) * states)
    for (let b = 0; b < batch; b++) {
      const step = t * batch + b
      const example = b * hidden
      const next = at(cs, step * hidden)
      const kept = at(saved, step * width)
      lstmRowGradient(hidden, at(dhs, step * hidden), at(dh0, example), at(dc0, example), at(c, example), next, kept, at(dx, step * width))
    }
    multiplyPacked(batch, hidden, width, at(dx, t * batch * width), width, scratch, dh0, hidden, false, rows)
  }
  recurrentGradient(steps, batch, hidden, width, h0, hs, dx, du, at(rows, BLOCK_ROWS * BLOCK_DEPTH))
}
