import { BLOCK_DEPTH, BLOCK_ROWS, TILE_COLUMNS, gemmScratch, roundUp } from './gemm'
import {
  ALL_STATES,
  BIAS,
  BRANCHES,
  FINE_TUNED,
  GRU,
  LSTM,
  MAPS,
  MAPS_PER_CELL,
  MixedSequence,
  RANDOM,
  RECURRENT_BIAS,
  SOURCE,
  firstBranch,
  gateColumn,
  hasRandom,
  learntWidth,
  mapColumn,
  parameter,
  rowWidth,
  tableOf,
} from './mixed-layout'
import { GATES_BYTES, Gates, ROWS_BYTES, Rows } from './mixed-rows'
import { at } from './simd'

/** An input that opens a gate fully; its negative shuts it. */
const SATURATED: f32 = 1000

/** How many [units] a branch keeps of a step: the values of its gates, c of an LSTM, and where states are mixed its h. */
export function keptParts(m: MixedSequence): i32 {
  return MAPS_PER_CELL + (m.cell == LSTM ? 1 : 0) + (m.mixed == MAPS ? 0 : 1)
}

/** Numbers kept of an example's step: those of every cell that runs, and the mixed c where it is. */
export function keptWidth(m: MixedSequence): i32 {
  const cells = m.mixed == MAPS ? 1 : m.learnt + 1 - firstBranch(m)
  return (cells * keptParts(m) + (m.mixed == ALL_STATES ? 1 : 0)) * m.units
}

/** Whether a step of an example is padding. */
export function isPadding(m: MixedSequence, example: i32, t: i32): bool {
  if (!m.masked) return false
  const row = at(m.x, (example * m.steps + t) * m.features)
  for (let i = 0; i < m.features; i++) {
    if (load<f32>(at(row, i)) != 0) return false
  }
  return true
}

/** What a map reads as its input at a step of padding: what makes a cell keep its state. */
function idleInput(m: MixedSequence, map: i32): f32 {
  if (map == 1) return SATURATED
  return m.cell == LSTM && map == 0 ? -SATURATED : 0
}

/** Numbers in the table of biases, for real steps and for padding. */
function biasNumbers(m: MixedSequence): i32 {
  return 2 * BRANCHES * MAPS_PER_CELL * m.units
}

/** The bias of a map of a branch. */
export function biasOf(m: MixedSequence, biases: usize, padding: bool, branch: i32, map: i32): usize {
  return at(biases, (((padding ? BRANCHES : 0) + branch) * MAPS_PER_CELL + map) * m.units)
}

/** Writes the sum of what is added to every map at real steps and at padding. */
function gatherBiases(m: MixedSequence, biases: usize): void {
  const table = tableOf(m)
  for (let branch = firstBranch(m); branch <= m.learnt; branch++) {
    for (let map = 0; map < MAPS_PER_CELL; map++) {
      const real = biasOf(m, biases, false, branch, map)
      const idle = biasOf(m, biases, true, branch, map)
      const ofInput = gateColumn(m, map, BIAS)
      const ofState = m.cell == GRU ? gateColumn(m, map, RECURRENT_BIAS) : -1
      for (let i = 0; i < m.units; i++) {
        const b: f32 = ofInput < 0 ? 0 : load<f32>(at(parameter(table, branch, BIAS), ofInput + i))
        const r: f32 = ofState < 0 ? 0 : load<f32>(at(parameter(table, branch, RECURRENT_BIAS), ofState + i))
        store<f32>(at(real, i), b + r)
        store<f32>(at(idle, i), idleInput(m, map) + r)
      }
    }
  }
}

/** Sets the gates to those of an example. */
export function openGates(m: MixedSequence, gates: Gates, example: i32): void {
  gates.update = at(m.update, example * m.updateStride)
  gates.fineTune = hasRandom(m) ? at(m.fineTune, example * m.fineTuneStride) : 0
}

/** Sets rows to one map of every branch. */
export function mapRows(m: MixedSequence, rows: Rows, z: usize, biases: usize, padding: bool, map: i32): void {
  rows.source = at(z, mapColumn(m, SOURCE, map))
  rows.sourceBias = biasOf(m, biases, padding, SOURCE, map)
  rows.fineTuned = at(z, mapColumn(m, FINE_TUNED, map))
  rows.fineTunedBias = biasOf(m, biases, padding, FINE_TUNED, map)
  rows.random = hasRandom(m) ? at(z, mapColumn(m, RANDOM, map)) : 0
  rows.randomBias = biasOf(m, biases, padding, RANDOM, map)
}

/** What a branch keeps of an example's step. */
export function keptOf(m: MixedSequence, kept: usize, branch: i32): usize {
  return at(kept, (branch - firstBranch(m)) * keptParts(m) * m.units)
}

/** The states that the source was given for an example's step. */
export function givenOf(m: MixedSequence, sequence: usize, example: i32, t: i32): usize {
  return at(sequence, (example * m.steps + t) * m.units * (m.mixed == ALL_STATES ? 2 : 1))
}

/** Sets rows to the states of every branch after an example's step: h, or c where `ofCell`. */
export function stateRows(m: MixedSequence, rows: Rows, kept: usize, example: i32, t: i32, ofCell: bool, zero: usize): void {
  const part = (keptParts(m) - (ofCell ? 2 : 1)) * m.units
  rows.source = m.given
    ? at(givenOf(m, m.given, example, t), ofCell ? m.units : 0)
    : at(keptOf(m, kept, SOURCE), part)
  rows.fineTuned = at(keptOf(m, kept, FINE_TUNED), part)
  rows.random = hasRandom(m) ? at(keptOf(m, kept, RANDOM), part) : 0
  rows.sourceBias = zero
  rows.fineTunedBias = zero
  rows.randomBias = zero
}

/** The parts of the scratch of a sequence that both directions use. */
@unmanaged
export class Workspace {
  gates: Gates
  rows: Rows
  dGates: Gates
  dRows: Rows
  biases: usize
  /** Kernels side by side. */
  kernels: usize
  packedInput: usize
  packedState: usize
  packedRows: usize
  /** The maps of a step, and their gradients. */
  maps: usize
  /** [units] of 0. */
  zero: usize
  /** The first byte after these parts. */
  end: usize
}

const WORKSPACE_BYTES: i32 = 64
/** The fields of what the gradient carries from step to step. */
export const CARRIED_BYTES: i32 = 32

function packedNumbers(m: MixedSequence): i32 {
  const longer = m.features > m.units ? m.features : m.units
  return roundUp(longer, TILE_COLUMNS) * (rowWidth(m) + 2 * TILE_COLUMNS)
}

/** Lays out the scratch and fills what does not change from step to step. */
export function openWorkspace(m: MixedSequence, scratch: usize): Workspace {
  const w = changetype<Workspace>(scratch)
  w.gates = changetype<Gates>(scratch + WORKSPACE_BYTES)
  w.dGates = changetype<Gates>(scratch + WORKSPACE_BYTES + GATES_BYTES)
  w.rows = changetype<Rows>(scratch + WORKSPACE_BYTES + 2 * GATES_BYTES)
  w.dRows = changetype<Rows>(scratch + WORKSPACE_BYTES + 2 * GATES_BYTES + ROWS_BYTES)
  w.biases = scratch + WORKSPACE_BYTES + 2 * (GATES_BYTES + ROWS_BYTES)
  w.kernels = at(w.biases, biasNumbers(m))
  const longer = m.features > m.units ? m.features : m.units
  w.packedInput = at(w.kernels, longer * rowWidth(m))
  w.packedState = at(w.packedInput, packedNumbers(m))
  w.packedRows = at(w.packedState, packedNumbers(m))
  w.maps = at(w.packedRows, BLOCK_ROWS * BLOCK_DEPTH)
  w.zero = at(w.maps, MAPS_PER_CELL * m.units)
  w.end = at(w.zero, m.units)
  memory.fill(w.zero, 0, at(0, m.units))
  gatherBiases(m, w.biases)
  return w
}

function workspaceBytes(m: MixedSequence): i32 {
  const longer = m.features > m.units ? m.features : m.units
  const numbers = biasNumbers(m) + longer * rowWidth(m) + 2 * packedNumbers(m)
  const rest = BLOCK_ROWS * BLOCK_DEPTH + (MAPS_PER_CELL + 1) * m.units
  return WORKSPACE_BYTES + 2 * (GATES_BYTES + ROWS_BYTES) + ((numbers + rest) << 2)
}

/** Bytes of scratch of a sequence and its gradients. */
export function mixedSequenceScratch(m: MixedSequence): i32 {
  const longer = m.features > m.units ? m.features : m.units
  const states = (1 + BRANCHES) * m.batch * m.units + 2 * BRANCHES * m.units
  const sums = 2 * rowWidth(m) + longer * learntWidth(m)
  const inputs = m.steps * m.batch * m.features
  return workspaceBytes(m) + CARRIED_BYTES + ((states + sums + inputs) << 2) + gemmScratch()
}
