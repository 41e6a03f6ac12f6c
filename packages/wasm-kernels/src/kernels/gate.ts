import { getKernel, type TensorInfo } from '@tensorflow/tfjs-core'
import type { GateAttrs } from '../fused/gate.ts'
import { PTU_GATE, PTU_GATE_GRAD } from '../fused/kernel-names.ts'
import {
  asKernel,
  expectShape,
  keptForGradient,
  product,
  type Inputs,
  type KernelTable,
  type Native,
} from '../kernel.ts'

const round = Math.fround

const numbersOf = ({ heap }: Native, tensor: TensorInfo): Float32Array =>
  new Float32Array(heap.memory.buffer, heap.address(tensor), product(tensor.shape))

/** Calls a kernel of the backend without a place on the tape. */
const callKernel = (name: 'Sigmoid' | 'Sum', inputs: Inputs<'x'>, attrs: object, backend: object): TensorInfo =>
  getKernel(name, 'wasm').kernelFunc({ inputs, attrs: attrs as never, backend }) as TensorInfo

/** `σ(unit + channel + start)`, rounded as by separate operations. */
const openness = (
  native: Native,
  { unit, channel }: Inputs<'unit' | 'channel'>,
  start: number,
  backend: object,
): TensorInfo => {
  const logits = native.heap.allocate(channel.shape, 'float32')
  const [a = 0] = numbersOf(native, unit)
  const deviations = numbersOf(native, channel)
  const from = round(start)
  numbersOf(native, logits).forEach((_, c, all) => {
    all[c] = round(a + (deviations[c] ?? 0)) + from
  })
  const open = callKernel('Sigmoid', { x: logits }, {}, backend)
  native.heap.release(logits)
  return open
}

const gate = (native: Native, inputs: Inputs<'unit' | 'channel'>, attrs: GateAttrs, backend: object): TensorInfo[] => {
  const { shape, thresholds, start } = attrs
  expectShape('unit', inputs.unit, [])
  expectShape('channel', inputs.channel, [shape.at(-1) ?? 0])
  if (thresholds.length !== product(shape))
    throw new Error(
      `${PTU_GATE}: expected ${product(shape)} thresholds for the shape [${shape.join(', ')}], got ${thresholds.length}.`,
    )
  const { heap, wasm } = native
  const open = openness(native, inputs, start, backend)
  const drawn = heap.allocate(shape, 'float32')
  numbersOf(native, drawn).set(thresholds)
  const channels = product(open.shape)
  wasm.drawGate(thresholds.length / channels, channels, heap.address(open), heap.address(drawn))
  return [drawn, keptForGradient(open)]
}

const gateGradient = (native: Native, { dy, open }: Inputs<'dy' | 'open'>, backend: object): TensorInfo[] => {
  const { heap, wasm } = native
  const channels = dy.shape.at(-1) ?? 0
  const channel = heap.allocate([channels], 'float32')
  wasm.sumColumns(product(dy.shape) / channels, channels, heap.address(dy), heap.address(channel), 1)
  const opened = numbersOf(native, { ...open, shape: [channels] })
  numbersOf(native, channel).forEach((sum, c, all) => {
    const g = opened[c] ?? 0
    all[c] = sum * round(g * round(1 - g))
  })
  return [callKernel('Sum', { x: channel }, { axis: [0], keepDims: false }, backend), channel]
}

/** The openness of a gate with its draws, and its gradient: one kernel each in the place of some ten operations. */
export const gateKernels = (native: Native): KernelTable => ({
  [PTU_GATE]: () =>
    asKernel<Inputs<'unit' | 'channel'>, GateAttrs>(({ inputs, attrs, backend }) =>
      gate(native, inputs, attrs, backend),
    ),
  [PTU_GATE_GRAD]: () =>
    asKernel<Inputs<'dy' | 'open'>, unknown>(({ inputs, backend }) => gateGradient(native, inputs, backend)),
})
