import { binary as relaxed } from './generated/relaxed.ts'
import { binary as relaxedShared } from './generated/relaxed-shared.ts'
import { binary as simd } from './generated/simd.ts'
import { binary as simdShared } from './generated/simd-shared.ts'
import type { Heap } from './heap.ts'
import type { SequenceExports } from './sequence-exports.ts'
import type { TransformerExports } from './transformer-exports.ts'
import { webAssembly, type Memory } from './web-assembly.ts'

/** The functions of the compiled module; numbers are addresses, sizes or counts. See `assembly/` for each. */
export interface Exports extends SequenceExports, TransformerExports {
  gemm(
    ...args: readonly [
      rows: number,
      columns: number,
      depth: number,
      a: number,
      aRow: number,
      aDepth: number,
      b: number,
      bDepth: number,
      bColumn: number,
      c: number,
      accumulate: number,
      scratch: number,
    ]
  ): void
  gemmScratch(): number
  convForward(
    ...args: readonly [
      w: number,
      x: number,
      filter: number,
      bias: number,
      low: number,
      high: number,
      y: number,
      scratch: number,
    ]
  ): void
  convForwardScratch(w: number): number
  convFilterGradient(w: number, x: number, dy: number, dw: number, scratch: number): void
  convFilterGradientScratch(w: number): number
  convInputGradient(w: number, dy: number, filter: number, dx: number, scratch: number): void
  convInputGradientScratch(w: number): number
  mixedConvForward(w: number, mixture: number, x: number, y: number, scratch: number): void
  mixedConvInputGradient(w: number, mixture: number, dy: number, dx: number, scratch: number): void
  mixtureGradient(w: number, mixture: number, gradient: number, x: number, dy: number, scratch: number): void
  depthwiseFilterGradient(w: number, x: number, dy: number, dw: number): void
  depthwiseForward: Exports['convForward']
  depthwiseInputGradient(w: number, dy: number, filter: number, dx: number, scratch: number): void
  depthwiseScratch(w: number): number
  maxPoolGradient(w: number, dy: number, x: number, y: number, dx: number): void
  avgPoolGradient(w: number, dy: number, dx: number): void
  sumColumns(rows: number, columns: number, x: number, sums: number, scale: number): void
  sumSegments(rows: number, columns: number, x: number, ids: number, segments: number, sums: number): void
  copyPlanes(
    ...args: readonly [
      source: number,
      target: number,
      planes: number,
      rows: number,
      length: number,
      sourcePlane: number,
      sourceStride: number,
      targetPlane: number,
      targetStride: number,
    ]
  ): void
  transpose(rows: number, columns: number, x: number, y: number): void
  addRow(rows: number, columns: number, x: number, row: number, y: number): void
  drawGate(examples: number, channels: number, open: number, gate: number): void
  rectifierGradient(count: number, dy: number, y: number, limit: number, dx: number): void
  adam(
    ...args: readonly [
      count: number,
      w: number,
      g: number,
      m: number,
      v: number,
      rate: number,
      keep1: number,
      take1: number,
      keep2: number,
      take2: number,
      epsilon: number,
      nextW: number,
      nextM: number,
      nextV: number,
    ]
  ): void
  mix(
    ...args: readonly [
      examples: number,
      positions: number,
      channels: number,
      source: number,
      fineTuned: number,
      random: number,
      update: number,
      updateStride: number,
      fineTune: number,
      fineTuneStride: number,
      z: number,
    ]
  ): void
  mixGradient(
    ...args: readonly [
      examples: number,
      positions: number,
      channels: number,
      dz: number,
      source: number,
      fineTuned: number,
      random: number,
      update: number,
      updateStride: number,
      fineTune: number,
      fineTuneStride: number,
      dSource: number,
      dFineTuned: number,
      dRandom: number,
      dUpdate: number,
      dFineTune: number,
      sums: number,
    ]
  ): void
}

/** The instructions that the own module uses. */
export type InstructionSet = 'simd' | 'relaxed'

const BINARIES: Readonly<Record<InstructionSet, { readonly plain: string; readonly shared: string }>> = {
  simd: { plain: simd, shared: simdShared },
  relaxed: { plain: relaxed, shared: relaxedShared },
}

const decode = (base64: string): Uint8Array => {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** The best instruction set that this JavaScript engine accepts, or undefined if it has no SIMD at all. */
export const supportedInstructions = (): InstructionSet | undefined => {
  const accepted = (set: InstructionSet): boolean => webAssembly.validate(decode(BINARIES[set].plain))
  if (accepted('relaxed')) return 'relaxed'
  return accepted('simd') ? 'simd' : undefined
}

const isShared = (memory: Memory): boolean =>
  typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer

/**
 * Links the module to the backend's memory. The module has no memory, data, stack or state of its own.
 *
 * @throws WebAssembly.LinkError where the memory is of a kind that the module was not built for.
 */
export const instantiate = (set: InstructionSet, heap: Heap): Exports => {
  const { plain, shared } = BINARIES[set]
  const module = new webAssembly.Module(decode(isShared(heap.memory) ? shared : plain))
  return new webAssembly.Instance(module, { env: { memory: heap.memory } }).exports as Exports
}
