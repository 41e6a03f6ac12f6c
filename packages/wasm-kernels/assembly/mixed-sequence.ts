import { cellStep } from './cells'
import { TILE_COLUMNS, multiplyPacked, packAllColumns, roundUp } from './gemm'
import {
  ALL_STATES,
  GRU,
  KERNEL,
  LSTM,
  MAPS,
  MAPS_PER_CELL,
  MixedSequence,
  RECURRENT_KERNEL,
  SOURCE,
  firstBranch,
  firstStateColumn,
  gatherKernels,
  learntInputWidth,
  mapColumn,
  rowWidth,
  sourceInputWidth,
  stateWidth,
} from './mixed-layout'
import { mixRows } from './mixed-rows'
import {
  Workspace,
  biasOf,
  isPadding,
  keptOf,
  keptParts,
  keptWidth,
  mapRows,
  openGates,
  openWorkspace,
  stateRows,
} from './mixed-state'
import { at, copyTo, loadSome, storeSome } from './simd'

/** Packs the kernels of all branches. */
function packKernels(m: MixedSequence, w: Workspace): void {
  const width = rowWidth(m)
  const learnt = learntInputWidth(m)
  const source = sourceInputWidth(m)
  gatherKernels(m, KERNEL, m.features, w.kernels)
  packAllColumns(learnt, m.features, w.kernels, 1, width, w.packedInput)
  packAllColumns(source, m.features, at(w.kernels, width - source), 1, width, packedSource(m, w))
  gatherKernels(m, RECURRENT_KERNEL, m.units, w.kernels)
  packAllColumns(stateWidth(m), m.units, at(w.kernels, firstStateColumn(m)), 1, width, w.packedState)
}

/** Packed kernels of the source lie behind those that learn. */
@inline
function packedSource(m: MixedSequence, w: Workspace): usize {
  return at(w.packedInput, m.features * (roundUp(learntInputWidth(m), TILE_COLUMNS)))
}

/** Products of one step's inputs and states with the kernels of all branches, [batch, rowWidth]; `h` is 0 at first. */
function multiplyStep(m: MixedSequence, w: Workspace, t: i32, h: usize, z: usize): void {
  const width = rowWidth(m)
  const source = sourceInputWidth(m)
  const x = at(m.x, t * m.features)
  const stride = m.steps * m.features
  const first = firstStateColumn(m)
  const lone = m.cell == GRU ? (m.learnt + 1 - firstBranch(m)) * m.units : 0
  // maps that read the state alone lie between those that read both
  if (lone) {
    for (let b = 0; b < m.batch; b++) memory.fill(at(z, b * width + learntInputWidth(m)), 0, at(0, lone))
  }
  multiplyPacked(m.batch, learntInputWidth(m), m.features, x, stride, w.packedInput, z, width, false, w.packedRows)
  if (source) {
    multiplyPacked(m.batch, source, m.features, x, stride, packedSource(m, w), at(z, width - source), width, false, w.packedRows)
  }
  if (h) multiplyPacked(m.batch, stateWidth(m), m.units, h, m.units, w.packedState, at(z, first), width, true, w.packedRows)
}

/** One example's step with its maps mixed. */
function mapsStep(
  m: MixedSequence,
  w: Workspace,
  padding: bool,
  z: usize,
  h: usize,
  c: usize,
  kept: usize,
  next: usize,
): void {
  for (let map = 0; map < MAPS_PER_CELL; map++) {
    mapRows(m, w.rows, z, w.biases, padding, map)
    mixRows(m.units, w.gates, w.rows, at(w.maps, map * m.units))
  }
  cellStep(m.cell, m.units, w.maps, h, c, kept, next)
}

/** The maps of one branch. */
function branchMaps(m: MixedSequence, w: Workspace, padding: bool, branch: i32, z: usize): void {
  for (let map = 0; map < MAPS_PER_CELL; map++) {
    const from = at(z, mapColumn(m, branch, map))
    const bias = biasOf(m, w.biases, padding, branch, map)
    const to = at(w.maps, map * m.units)
    for (let i = 0; i < m.units; i += 4) {
      const count = m.units - i
      storeSome(at(to, i), f32x4.add(loadSome(at(from, i), count), loadSome(at(bias, i), count)), count)
    }
  }
}

/** One example's step of every branch's cell, with their states mixed. `before` is what was kept of the step before, or 0. */
function statesStep(
  m: MixedSequence,
  w: Workspace,
  example: i32,
  t: i32,
  padding: bool,
  z: usize,
  h: usize,
  before: usize,
  kept: usize,
  next: usize,
): void {
  const units = m.units
  const cell = keptWidth(m) - units
  for (let branch = firstBranch(m); branch <= m.learnt; branch++) {
    const own = keptOf(m, kept, branch)
    const ownC = m.mixed == ALL_STATES ? at(before, cell) : at(keptOf(m, before, branch), MAPS_PER_CELL * units)
    branchMaps(m, w, padding, branch, z)
    cellStep(m.cell, units, w.maps, h, before ? ownC : w.zero, own, at(own, (keptParts(m) - 1) * units))
  }
  stateRows(m, w.rows, kept, example, t, false, w.zero)
  mixRows(units, w.gates, w.rows, next)
  if (m.mixed != ALL_STATES) return
  stateRows(m, w.rows, kept, example, t, true, w.zero)
  mixRows(units, w.gates, w.rows, at(kept, cell))
}

/**
 * Runs a sequence from a state of 0. Writes the outputs y [batch, steps, units], 0 at padding, and what the gradient needs:
 * the states [steps, batch, units], the maps of all branches z [steps, batch, rowWidth] without biases, and what the cells
 * keep [steps, batch, keptWidth].
 */
export function mixedSequenceForward(
  m: MixedSequence,
  y: usize,
  states: usize,
  z: usize,
  kept: usize,
  scratch: usize,
): void {
  const w = openWorkspace(m, scratch)
  const units = m.units
  const keptRow = keptWidth(m)
  packKernels(m, w)
  for (let t = 0; t < m.steps; t++) {
    const first = t * m.batch
    multiplyStep(m, w, t, t ? at(states, (first - m.batch) * units) : 0, at(z, first * rowWidth(m)))
    for (let b = 0; b < m.batch; b++) {
      const row = first + b
      const next = at(states, row * units)
      const own = at(kept, row * keptRow)
      const before = t ? at(kept, (row - m.batch) * keptRow) : 0
      const h = t ? at(states, (row - m.batch) * units) : w.zero
      const padding = isPadding(m, b, t)
      openGates(m, w.gates, b)
      if (m.mixed == MAPS) {
        const c = t && m.cell == LSTM ? at(before, MAPS_PER_CELL * units) : w.zero
        mapsStep(m, w, padding, at(z, row * rowWidth(m)), h, c, own, next)
      } else statesStep(m, w, b, t, padding, at(z, row * rowWidth(m)), h, before, own, next)
      const output = at(y, (b * m.steps + t) * units)
      if (padding) memory.fill(output, 0, at(0, units))
      else copyTo(output, next, units)
    }
  }
}
