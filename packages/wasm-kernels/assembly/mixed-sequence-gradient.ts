import { gemm, multiplyPacked, packAllColumns } from './gemm'
import {
  BIAS,
  GRU,
  KERNEL,
  MixedSequence,
  RECURRENT_BIAS,
  RECURRENT_KERNEL,
  firstStateColumn,
  gatherKernels,
  hasRandom,
  learntInputWidth,
  learntStateWidth,
  learntWidth,
  rowWidth,
  scatterGradients,
  sourceInputWidth,
  stateWidth,
} from './mixed-layout'
import { isPadding, openWorkspace } from './mixed-state'
import { MixedSequenceGradient, openCarried, stepBack } from './mixed-step-back'
import { at, copyTo } from './simd'

/** Gradients of kernels: of each, the sum over steps and examples of what it read times the gradient of its maps. */
function kernelGradients(m: MixedSequence, g: MixedSequenceGradient, states: usize, scratch: usize): void {
  const width = rowWidth(m)
  const rows = m.steps * m.batch
  const parameters = changetype<usize>(g) + offsetof<MixedSequenceGradient>('parameters')
  const longer = m.features > m.units ? m.features : m.units
  const products = at(scratch, rows * m.features)
  const free = at(products, longer * learntWidth(m))
  for (let t = 0; t < m.steps; t++) {
    for (let b = 0; b < m.batch; b++) {
      copyTo(at(scratch, (t * m.batch + b) * m.features), at(m.x, (b * m.steps + t) * m.features), m.features)
    }
  }
  const ofInput = learntInputWidth(m)
  gemm(m.features, ofInput, rows, scratch, 1, m.features, g.maps, width, 1, products, false, free)
  scatterGradients(m, parameters, KERNEL, m.features, products, ofInput, 0)
  const first = firstStateColumn(m)
  const ofState = learntStateWidth(m)
  const later = at(g.maps, m.batch * width + first)
  gemm(m.units, ofState, rows - m.batch, states, 1, m.units, later, width, 1, products, false, free)
  scatterGradients(m, parameters, RECURRENT_KERNEL, m.units, products, ofState, first)
}

/**
 * Gradients of `mixedSequenceForward` from those of y, in all but x and the source's parameters; those of all maps serve
 * `mixedSequenceInputGradient`.
 */
export function mixedSequenceGradient(
  m: MixedSequence,
  g: MixedSequenceGradient,
  dy: usize,
  states: usize,
  z: usize,
  kept: usize,
  scratch: usize,
): void {
  const w = openWorkspace(m, scratch)
  const carried = openCarried(m, w.end)
  const width = rowWidth(m)
  const parameters = changetype<usize>(g) + offsetof<MixedSequenceGradient>('parameters')
  gatherKernels(m, RECURRENT_KERNEL, m.units, w.kernels)
  packAllColumns(m.units, stateWidth(m), at(w.kernels, firstStateColumn(m)), width, 1, w.packedState)
  memory.fill(g.update, 0, at(0, m.updateStride ? m.batch * m.units : m.units))
  if (hasRandom(m)) memory.fill(g.fineTune, 0, at(0, m.fineTuneStride ? m.batch * m.units : m.units))
  stepBack(m, g, w, carried, dy, states, z, kept)
  scatterGradients(m, parameters, BIAS, 1, carried.sums, width, 0)
  if (m.cell == GRU) scatterGradients(m, parameters, RECURRENT_BIAS, 1, carried.sums, width, 0)
  kernelGradients(m, g, states, carried.free)
}

/** The gradient of `mixedSequenceForward` in x from those of all maps. */
export function mixedSequenceInputGradient(m: MixedSequence, dMaps: usize, dx: usize, scratch: usize): void {
  const w = openWorkspace(m, scratch)
  const width = rowWidth(m)
  const learnt = learntInputWidth(m)
  const source = sourceInputWidth(m)
  const stride = m.steps * m.features
  gatherKernels(m, KERNEL, m.features, w.kernels)
  packAllColumns(m.features, learnt, w.kernels, width, 1, w.packedInput)
  packAllColumns(m.features, source, at(w.kernels, width - source), width, 1, w.packedState)
  for (let t = 0; t < m.steps; t++) {
    const d = at(dMaps, t * m.batch * width)
    const target = at(dx, t * m.features)
    multiplyPacked(m.batch, m.features, learnt, d, width, w.packedInput, target, stride, false, w.packedRows)
    if (source) {
      multiplyPacked(m.batch, m.features, source, at(d, width - source), width, w.packedState, target, stride, true, w.packedRows)
    }
    for (let b = 0; b < m.batch; b++) {
      if (isPadding(m, b, t)) memory.fill(at(target, b * stride), 0, at(0, m.features))
    }
  }
}
