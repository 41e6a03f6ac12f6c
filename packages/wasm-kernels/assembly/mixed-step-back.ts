import { cellStepGradient } from './cells'
import { multiplyPacked } from './gemm'
import {
  ALL_STATES,
  BRANCHES,
  FINE_TUNED,
  LSTM,
  MAPS,
  MAPS_PER_CELL,
  MixedSequence,
  RANDOM,
  SOURCE,
  firstBranch,
  firstStateColumn,
  hasRandom,
  learntWidth,
  mapColumn,
  rowWidth,
  stateWidth,
} from './mixed-layout'
import { spreadRows } from './mixed-rows'
import {
  CARRIED_BYTES,
  Workspace,
  givenOf,
  isPadding,
  keptOf,
  keptWidth,
  mapRows,
  openGates,
  stateRows,
} from './mixed-state'
import { addTo, at, copyTo } from './simd'

/** Where the gradients of a sequence go; shaped like what they belong to. */
@unmanaged
export class MixedSequenceGradient {
  /** Those of the maps of all branches and steps, [steps, batch, rowWidth]. */
  maps: usize
  given: usize
  /** [units], or [batch, units]. */
  update: usize
  fineTune: usize
  parameters: usize
}

/** The gradients of the states that a step back hands to the step before. */
@unmanaged
class Carried {
  /** [batch, units] */
  h: usize
  /** [batch, units] for each branch; where c is mixed only the first. */
  c: usize
  /** [branches, units] each: gradients of the states of the branches of one example. */
  branchH: usize
  branchC: usize
  /** Sums of the gradients of what learns over the examples of a step, and over steps; rowWidth numbers each. */
  stepSums: usize
  sums: usize
  /** What is left of the scratch. */
  free: usize
}

/** Lays out what is carried in the scratch, with gradients of 0. */
export function openCarried(m: MixedSequence, scratch: usize): Carried {
  const carried = changetype<Carried>(scratch)
  const states = m.batch * m.units
  carried.h = scratch + CARRIED_BYTES
  carried.c = at(carried.h, states)
  carried.branchH = at(carried.c, BRANCHES * states)
  carried.branchC = at(carried.branchH, BRANCHES * m.units)
  carried.stepSums = at(carried.branchC, BRANCHES * m.units)
  carried.sums = at(carried.stepSums, rowWidth(m))
  carried.free = at(carried.sums, rowWidth(m))
  memory.fill(carried.h, 0, carried.branchH - carried.h)
  memory.fill(carried.sums, 0, at(0, rowWidth(m)))
  return carried
}

/** One example's step back through mixed maps; `d` is the gradient of its h and is left with a part of that of the one before. */
function mapsStepGradient(
  m: MixedSequence,
  w: Workspace,
  padding: bool,
  d: usize,
  dc: usize,
  h: usize,
  c: usize,
  kept: usize,
  z: usize,
  dz: usize,
): void {
  cellStepGradient(m.cell, m.units, d, dc, h, c, kept, w.maps, d)
  for (let map = 0; map < MAPS_PER_CELL; map++) {
    mapRows(m, w.rows, z, w.biases, padding, map)
    w.dRows.source = at(dz, mapColumn(m, SOURCE, map))
    w.dRows.fineTuned = at(dz, mapColumn(m, FINE_TUNED, map))
    w.dRows.random = hasRandom(m) ? at(dz, mapColumn(m, RANDOM, map)) : 0
    spreadRows(m.units, w.gates, w.rows, at(w.maps, map * m.units), w.dRows, w.dGates)
  }
}

/** Spreads the gradient `d` of an example's mixed h, or c, over the branches' and the gates. */
function spreadStates(
  m: MixedSequence,
  w: Workspace,
  g: MixedSequenceGradient,
  example: i32,
  t: i32,
  kept: usize,
  ofCell: bool,
  d: usize,
  branches: usize,
): void {
  stateRows(m, w.rows, kept, example, t, ofCell, w.zero)
  w.dRows.source = m.given ? at(givenOf(m, g.given, example, t), ofCell ? m.units : 0) : branches
  w.dRows.fineTuned = at(branches, m.units)
  w.dRows.random = at(branches, 2 * m.units)
  spreadRows(m.units, w.gates, w.rows, d, w.dRows, w.dGates)
}

/** One example's step back through mixed states, as `mapsStepGradient`. `before` is what was kept of the step before, or 0. */
function statesStepGradient(
  m: MixedSequence,
  w: Workspace,
  g: MixedSequenceGradient,
  carried: Carried,
  example: i32,
  t: i32,
  h: usize,
  before: usize,
  kept: usize,
  dz: usize,
): void {
  const units = m.units
  const all = m.mixed == ALL_STATES
  const d = at(carried.h, example * units)
  const mixedC = at(carried.c, example * units)
  spreadStates(m, w, g, example, t, kept, false, d, carried.branchH)
  memory.fill(d, 0, at(0, units))
  if (all) {
    spreadStates(m, w, g, example, t, kept, true, mixedC, carried.branchC)
    memory.fill(mixedC, 0, at(0, units))
  }
  for (let branch = firstBranch(m); branch <= m.learnt; branch++) {
    const dh = at(carried.branchH, branch * units)
    const dc = all ? at(carried.branchC, branch * units) : at(carried.c, (branch * m.batch + example) * units)
    const c = all ? at(before, keptWidth(m) - units) : at(keptOf(m, before, branch), MAPS_PER_CELL * units)
    cellStepGradient(m.cell, units, dh, dc, h, before ? c : w.zero, keptOf(m, kept, branch), w.maps, dh)
    addTo(d, dh, units)
    if (all) addTo(mixedC, dc, units)
    for (let map = 0; map < MAPS_PER_CELL; map++) copyTo(at(dz, mapColumn(m, branch, map)), at(w.maps, map * units), units)
  }
}

/** Steps back from the last to the first: the gradients of all maps, of the gates and sums for the biases. */
export function stepBack(
  m: MixedSequence,
  g: MixedSequenceGradient,
  w: Workspace,
  carried: Carried,
  dy: usize,
  states: usize,
  z: usize,
  kept: usize,
): void {
  const units = m.units
  const width = rowWidth(m)
  const keptRow = keptWidth(m)
  const learnt = learntWidth(m)
  for (let t = m.steps - 1; t >= 0; t--) {
    memory.fill(carried.stepSums, 0, at(0, learnt))
    for (let b = 0; b < m.batch; b++) {
      const row = t * m.batch + b
      const h = t ? at(states, (row - m.batch) * units) : w.zero
      const own = at(kept, row * keptRow)
      const before = t ? at(kept, (row - m.batch) * keptRow) : 0
      const d = at(carried.h, b * units)
      const dz = at(g.maps, row * width)
      const padding = isPadding(m, b, t)
      openGates(m, w.gates, b)
      w.dGates.update = at(g.update, b * m.updateStride)
      w.dGates.fineTune = at(g.fineTune, b * m.fineTuneStride)
      if (!padding) addTo(d, at(dy, (b * m.steps + t) * units), units)
      if (m.mixed == MAPS) {
        const c = t && m.cell == LSTM ? at(before, MAPS_PER_CELL * units) : w.zero
        mapsStepGradient(m, w, padding, d, at(carried.c, b * units), h, c, own, at(z, row * width), dz)
      } else statesStepGradient(m, w, g, carried, b, t, h, before, own, dz)
      if (!padding) addTo(carried.stepSums, dz, learnt)
    }
    addTo(carried.sums, carried.stepSums, learnt)
    const dState = at(g.maps, t * m.batch * width + firstStateColumn(m))
    if (t) multiplyPacked(m.batch, units, stateWidth(m), dState, width, w.packedState, carried.h, units, true, w.packedRows)
  }
}
