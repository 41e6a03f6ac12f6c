import { at, loadSome, storeSome } from './simd'

/** The rows of the branches that are mixed, each the sum of two; without a random branch its rows are 0. */
@unmanaged
export class Rows {
  source: usize
  sourceBias: usize
  fineTuned: usize
  fineTunedBias: usize
  random: usize
  randomBias: usize
}

export const ROWS_BYTES: i32 = 24

/** Gates of one example; without a random branch there is no fine-tune gate (0). */
@unmanaged
export class Gates {
  update: usize
  fineTune: usize
}

export const GATES_BYTES: i32 = 8

@inline
function sum(row: usize, bias: usize, i: i32, count: i32): v128 {
  return f32x4.add(loadSome(at(row, i), count), loadSome(at(bias, i), count))
}

/** `(1 - u)·s + u·(f·t + (1 - f)·r)`, rounded after each operation, of two branches `(1 - u)·s + u·t`. */
export function mixRows(units: i32, gates: Gates, rows: Rows, target: usize): void {
  const one = f32x4.splat(1)
  for (let i = 0; i < units; i += 4) {
    const count = units - i
    const u = loadSome(at(gates.update, i), count)
    let open = sum(rows.fineTuned, rows.fineTunedBias, i, count)
    if (rows.random) {
      const f = loadSome(at(gates.fineTune, i), count)
      const rest = f32x4.mul(f32x4.sub(one, f), sum(rows.random, rows.randomBias, i, count))
      open = f32x4.add(f32x4.mul(f, open), rest)
    }
    const shut = f32x4.mul(f32x4.sub(one, u), sum(rows.source, rows.sourceBias, i, count))
    storeSome(at(target, i), f32x4.add(shut, f32x4.mul(u, open)), count)
  }
}

@inline
function addLanes(target: usize, value: v128, count: i32): void {
  storeSome(target, f32x4.add(loadSome(target, count), value), count)
}

/**
 * Gradients of `mixRows` from that of its result, `d`: writes those of the branches to `dRows` and adds to those of the
 * gates, `dGates`, [units] each.
 */
export function spreadRows(units: i32, gates: Gates, rows: Rows, d: usize, dRows: Rows, dGates: Gates): void {
  const one = f32x4.splat(1)
  for (let i = 0; i < units; i += 4) {
    const count = units - i
    const u = loadSome(at(gates.update, i), count)
    const gradient = loadSome(at(d, i), count)
    const inward = f32x4.mul(gradient, u)
    const tuned = sum(rows.fineTuned, rows.fineTunedBias, i, count)
    let open = tuned
    if (rows.random) {
      const f = loadSome(at(gates.fineTune, i), count)
      const shut = f32x4.sub(one, f)
      const random = sum(rows.random, rows.randomBias, i, count)
      open = f32x4.add(f32x4.mul(f, tuned), f32x4.mul(shut, random))
      addLanes(at(dGates.fineTune, i), f32x4.mul(inward, f32x4.sub(tuned, random)), count)
      storeSome(at(dRows.fineTuned, i), f32x4.mul(inward, f), count)
      storeSome(at(dRows.random, i), f32x4.mul(inward, shut), count)
    } else storeSome(at(dRows.fineTuned, i), inward, count)
    const source = sum(rows.source, rows.sourceBias, i, count)
    addLanes(at(dGates.update, i), f32x4.mul(gradient, f32x4.sub(open, source)), count)
    storeSome(at(dRows.source, i), f32x4.mul(gradient, f32x4.sub(one, u)), count)
  }
}
