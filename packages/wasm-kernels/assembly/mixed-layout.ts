import { at, copyTo } from './simd'

/** Cells: a GRU, whose reset gate follows the product, and an LSTM. */
export const GRU: i32 = 0
export const LSTM: i32 = 1

/** What is mixed: the affine maps of a step (0), its state h (1), or its states h and c (2). */
export const MAPS: i32 = 0
export const ALL_STATES: i32 = 2

/** Affine maps of a cell: `r, z, n of the input, n of the state` of a GRU, `i, f, g, o` of an LSTM. */
export const MAPS_PER_CELL: i32 = 4

/** Branches, and the parameters of each. */
export const SOURCE: i32 = 0
export const FINE_TUNED: i32 = 1
export const RANDOM: i32 = 2
export const BRANCHES: i32 = 3
export const KERNEL: i32 = 0
export const RECURRENT_KERNEL: i32 = 1
export const BIAS: i32 = 2
export const RECURRENT_BIAS: i32 = 3
const PARAMETERS: i32 = 4

/**
 * A sequence of cells with several parameters, as written by `src/kernels/mixed-sequence.ts`. Gates are [units] (their
 * stride is 0) or [batch, units]; 0 where there is none.
 */
@unmanaged
export class MixedSequence {
  cell: i32
  mixed: i32
  /** Whether a step of zeros is padding. */
  masked: i32
  steps: i32
  batch: i32
  features: i32
  units: i32
  /** How many branches learn: 1, or 2 where there is a random one. */
  learnt: i32
  /** [batch, steps, features] */
  x: usize
  update: usize
  updateStride: i32
  fineTune: usize
  fineTuneStride: i32
  /** The states of the source at every step, [batch, steps, states · units], in the place of its parameters. */
  given: usize
  /** Kernel, recurrent kernel, bias and recurrent bias of source, fine-tuned and random branch; see `parameter`. */
  parameters: usize
}

/** One of the parameters of a branch; `table` is that of a sequence or of its gradient. */
@inline
export function parameter(table: usize, branch: i32, which: i32): usize {
  return load<usize>(at(table, branch * PARAMETERS + which))
}

@inline
export function tableOf(m: MixedSequence): usize {
  return changetype<usize>(m) + offsetof<MixedSequence>('parameters')
}

/** How many maps read the input alone, and as many the state alone; the others read both. */
function loneMaps(m: MixedSequence): i32 {
  return m.cell == GRU ? 1 : 0
}

function sharedMaps(m: MixedSequence): i32 {
  return MAPS_PER_CELL - 2 * loneMaps(m)
}

@inline
export function hasRandom(m: MixedSequence): bool {
  return m.learnt == 2
}

/** The first branch that has parameters. */
export function firstBranch(m: MixedSequence): i32 {
  return m.given ? FINE_TUNED : SOURCE
}

/**
 * Columns of a row of all maps, in which what reads the input, what reads the state and what learns lie side by side:
 * `[input learnt | both learnt | state learnt | state source | both source | input source]`, branch by branch in each.
 */
export function rowWidth(m: MixedSequence): i32 {
  return (learntWidth(m) / m.learnt) * (m.learnt + 1 - firstBranch(m))
}

/** The columns of branches that learn; they come first. */
export function learntWidth(m: MixedSequence): i32 {
  return MAPS_PER_CELL * m.learnt * m.units
}

/** The columns that read the input: so many first ones, and of the source's so many last ones. */
export function learntInputWidth(m: MixedSequence): i32 {
  return (MAPS_PER_CELL - loneMaps(m)) * m.learnt * m.units
}

export function sourceInputWidth(m: MixedSequence): i32 {
  return m.given ? 0 : (MAPS_PER_CELL - loneMaps(m)) * m.units
}

/** The columns that read the state, from this one on. */
export function firstStateColumn(m: MixedSequence): i32 {
  return loneMaps(m) * m.learnt * m.units
}

export function stateWidth(m: MixedSequence): i32 {
  return rowWidth(m) - loneMaps(m) * (m.learnt + 1 - firstBranch(m)) * m.units
}

export function learntStateWidth(m: MixedSequence): i32 {
  return learntWidth(m) - firstStateColumn(m)
}

/** The first column of a map of a branch. */
export function mapColumn(m: MixedSequence, branch: i32, map: i32): i32 {
  const lone = loneMaps(m)
  const shared = sharedMaps(m)
  const learnt = m.learnt
  if (branch == SOURCE) {
    const start = learnt * MAPS_PER_CELL
    const place = map < shared ? lone + map : map == shared ? lone + shared : 0
    return (start + place) * m.units
  }
  const place = branch - FINE_TUNED
  if (map < shared) return (learnt * lone + place * shared + map) * m.units
  return (map == shared ? place : learnt * (lone + shared) + place) * m.units
}

/** The column of a map in its kernel, or -1 where it does not read what the kernel is of. */
export function gateColumn(m: MixedSequence, map: i32, which: i32): i32 {
  if (m.cell == LSTM || map < sharedMaps(m)) return map * m.units
  const ofInput = which == KERNEL || which == BIAS
  return ofInput == (map == sharedMaps(m)) ? sharedMaps(m) * m.units : -1
}

/** Width of a kernel: gates · units. */
function kernelWidth(m: MixedSequence): i32 {
  return (sharedMaps(m) + loneMaps(m)) * m.units
}

/** Puts the kernels of all branches side by side: `rows` rows of all maps. */
export function gatherKernels(m: MixedSequence, which: i32, rows: i32, target: usize): void {
  const table = tableOf(m)
  for (let branch = firstBranch(m); branch <= m.learnt; branch++) {
    for (let map = 0; map < MAPS_PER_CELL; map++) {
      const from = gateColumn(m, map, which)
      if (from < 0) continue
      const column = mapColumn(m, branch, map)
      for (let r = 0; r < rows; r++) {
        const source = at(parameter(table, branch, which), r * kernelWidth(m) + from)
        copyTo(at(target, r * rowWidth(m) + column), source, m.units)
      }
    }
  }
}

/** Takes the gradients of kernels or biases apart: `rows` rows, `width` numbers apart, of columns from `first` on. */
export function scatterGradients(
  m: MixedSequence,
  gradients: usize,
  which: i32,
  rows: i32,
  source: usize,
  width: i32,
  first: i32,
): void {
  for (let branch = FINE_TUNED; branch <= m.learnt; branch++) {
    const target = parameter(gradients, branch, which)
    for (let map = 0; map < MAPS_PER_CELL; map++) {
      const to = gateColumn(m, map, which)
      if (to < 0) continue
      const column = mapColumn(m, branch, map) - first
      for (let r = 0; r < rows; r++) copyTo(at(target, r * kernelWidth(m) + to), at(source, r * width + column), m.units)
    }
  }
}
