import { GRU } from './mixed-layout'
import { at, loadSome, storeSome } from './simd'
import { sigmoid, tanh } from './transcendental'

@inline
function load(row: usize, part: i32, units: i32, i: i32, some: i32): v128 {
  return loadSome(at(row, part * units + i), some)
}

@inline
function save(row: usize, part: i32, units: i32, i: i32, some: i32, value: v128): void {
  storeSome(at(row, part * units + i), value, some)
}

/** `x·(1 - x)`, the derivative of a sigmoid in terms of its value. */
@inline
export function logisticSlope(x: v128): v128 {
  return f32x4.mul(x, f32x4.sub(f32x4.splat(1), x))
}

/** `1 - x²`, the derivative of a hyperbolic tangent in terms of its value. */
@inline
export function tanhSlope(x: v128): v128 {
  return f32x4.sub(f32x4.splat(1), f32x4.mul(x, x))
}

/** `gruStep` in `some` lanes from `i`. */
@inline
function gruStepLanes(i: i32, some: i32, units: i32, maps: usize, h: usize, kept: usize, next: usize): void {
  const r = sigmoid(load(maps, 0, units, i, some))
  const z = sigmoid(load(maps, 1, units, i, some))
  const inner = load(maps, 3, units, i, some)
  const n = tanh(f32x4.add(load(maps, 2, units, i, some), f32x4.mul(r, inner)))
  save(kept, 0, units, i, some, r)
  save(kept, 1, units, i, some, z)
  save(kept, 2, units, i, some, n)
  save(kept, 3, units, i, some, inner)
  save(next, 0, units, i, some, f32x4.add(n, f32x4.mul(z, f32x4.sub(load(h, 0, units, i, some), n))))
}

/** A step of a GRU from its maps `r, z, n of the input, n of the state`; keeps `r, z, n` and n of the state. */
function gruStep(units: i32, maps: usize, h: usize, kept: usize, next: usize): void {
  const whole = units & ~3
  for (let i = 0; i < whole; i += 4) gruStepLanes(i, 4, units, maps, h, kept, next)
  if (whole < units) gruStepLanes(whole, units - whole, units, maps, h, kept, next)
}

/** `lstmStep` in `some` lanes from `i`. */
@inline
function lstmStepLanes(i: i32, some: i32, units: i32, maps: usize, c: usize, kept: usize, next: usize): void {
  const input = sigmoid(load(maps, 0, units, i, some))
  const forget = sigmoid(load(maps, 1, units, i, some))
  const cell = tanh(load(maps, 2, units, i, some))
  const output = sigmoid(load(maps, 3, units, i, some))
  const nextC = f32x4.add(f32x4.mul(forget, load(c, 0, units, i, some)), f32x4.mul(input, cell))
  save(kept, 0, units, i, some, input)
  save(kept, 1, units, i, some, forget)
  save(kept, 2, units, i, some, cell)
  save(kept, 3, units, i, some, output)
  save(kept, 4, units, i, some, nextC)
  save(next, 0, units, i, some, f32x4.mul(output, tanh(nextC)))
}

/** A step of an LSTM from its maps `i, f, g, o`; keeps the gates' values and the next c. */
function lstmStep(units: i32, maps: usize, c: usize, kept: usize, next: usize): void {
  const whole = units & ~3
  for (let i = 0; i < whole; i += 4) lstmStepLanes(i, 4, units, maps, c, kept, next)
  if (whole < units) lstmStepLanes(whole, units - whole, units, maps, c, kept, next)
}

/** One example's step of a cell from its maps and the state h, c before it. */
export function cellStep(cell: i32, units: i32, maps: usize, h: usize, c: usize, kept: usize, next: usize): void {
  if (cell == GRU) gruStep(units, maps, h, kept, next)
  else lstmStep(units, maps, c, kept, next)
}

/** `gruStepGradient` in `some` lanes from `i`. */
@inline
function gruStepLanesGradient(i: i32, some: i32, units: i32, d: usize, h: usize, kept: usize, dMaps: usize, direct: usize): void {
  const r = load(kept, 0, units, i, some)
  const z = load(kept, 1, units, i, some)
  const n = load(kept, 2, units, i, some)
  const dh = load(d, 0, units, i, some)
  const dn = f32x4.mul(f32x4.mul(dh, f32x4.sub(f32x4.splat(1), z)), tanhSlope(n))
  save(dMaps, 0, units, i, some, f32x4.mul(f32x4.mul(dn, load(kept, 3, units, i, some)), logisticSlope(r)))
  save(dMaps, 1, units, i, some, f32x4.mul(f32x4.mul(dh, f32x4.sub(load(h, 0, units, i, some), n)), logisticSlope(z)))
  save(dMaps, 2, units, i, some, dn)
  save(dMaps, 3, units, i, some, f32x4.mul(dn, r))
  save(direct, 0, units, i, some, f32x4.mul(dh, z))
}

function gruStepGradient(units: i32, d: usize, h: usize, kept: usize, dMaps: usize, direct: usize): void {
  const whole = units & ~3
  for (let i = 0; i < whole; i += 4) gruStepLanesGradient(i, 4, units, d, h, kept, dMaps, direct)
  if (whole < units) gruStepLanesGradient(whole, units - whole, units, d, h, kept, dMaps, direct)
}

/** `lstmStepGradient` in `some` lanes from `i`. */
@inline
function lstmStepLanesGradient(i: i32, some: i32, units: i32, d: usize, dc: usize, c: usize, kept: usize, dMaps: usize, direct: usize): void {
  const input = load(kept, 0, units, i, some)
  const forget = load(kept, 1, units, i, some)
  const cell = load(kept, 2, units, i, some)
  const output = load(kept, 3, units, i, some)
  const squashed = tanh(load(kept, 4, units, i, some))
  const dh = load(d, 0, units, i, some)
  const dCell = f32x4.add(load(dc, 0, units, i, some), f32x4.mul(f32x4.mul(dh, output), tanhSlope(squashed)))
  save(dMaps, 0, units, i, some, f32x4.mul(f32x4.mul(dCell, cell), logisticSlope(input)))
  save(dMaps, 1, units, i, some, f32x4.mul(f32x4.mul(dCell, load(c, 0, units, i, some)), logisticSlope(forget)))
  save(dMaps, 2, units, i, some, f32x4.mul(f32x4.mul(dCell, input), tanhSlope(cell)))
  save(dMaps, 3, units, i, some, f32x4.mul(f32x4.mul(dh, squashed), logisticSlope(output)))
  save(dc, 0, units, i, some, f32x4.mul(dCell, forget))
  save(direct, 0, units, i, some, f32x4.splat(0))
}

function lstmStepGradient(units: i32, d: usize, dc: usize, c: usize, kept: usize, dMaps: usize, direct: usize): void {
  const whole = units & ~3
  for (let i = 0; i < whole; i += 4) lstmStepLanesGradient(i, 4, units, d, dc, c, kept, dMaps, direct)
  if (whole < units) lstmStepLanesGradient(whole, units - whole, units, d, dc, c, kept, dMaps, direct)
}

/**
 * One example's step back from the gradient `d` of its h. Writes the gradients of its maps and the direct part of that of
 * the h before, which may be `d` itself; `dc` is left with the gradient of the c before.
 */
export function cellStepGradient(
  cell: i32,
  units: i32,
  d: usize,
  dc: usize,
  h: usize,
  c: usize,
  kept: usize,
  dMaps: usize,
  direct: usize,
): void {
  if (cell == GRU) gruStepGradient(units, d, h, kept, dMaps, direct)
  else lstmStepGradient(units, d, dc, c, kept, dMaps, direct)
}
