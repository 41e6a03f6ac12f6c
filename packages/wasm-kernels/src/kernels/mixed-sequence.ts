import type { TensorInfo } from '@tensorflow/tfjs-core'
import { PTU_MIXED_SEQUENCE, PTU_MIXED_SEQUENCE_GRAD, PTU_MIXED_SEQUENCE_INPUT_GRAD } from '../fused/kernel-names.ts'
import {
  sequenceGradients,
  sequenceInputs,
  type CellParams,
  type MixedSequenceAttrs,
  type MixedSequenceInputs,
} from '../fused/mixed-sequence.ts'
import { asKernel, expectShape, isFloat, keptForGradient, product, type KernelTable, type Native } from '../kernel.ts'

type Given = MixedSequenceInputs<TensorInfo>

/** The inputs of one call, checked, and their sizes. */
interface Sequence {
  readonly attrs: MixedSequenceAttrs
  readonly inputs: Given
  readonly steps: number
  readonly batch: number
  readonly features: number
  readonly units: number
}

const checkParams = (params: CellParams<TensorInfo> | undefined, sequence: Sequence): void => {
  const { attrs, features, units } = sequence
  const width = units * (attrs.cell === 'gru' ? 3 : 4)
  if (params === undefined) return
  const [kernel, recurrentKernel, bias, recurrentBias] = params
  expectShape('kernel', kernel, [features, width])
  expectShape('recurrent kernel', recurrentKernel, [units, width])
  expectShape('bias', bias, [width])
  if (recurrentBias) expectShape('recurrent bias', recurrentBias, [width])
}

const checkGate = (name: string, gate: TensorInfo | undefined, { batch, units }: Sequence): void => {
  if (gate === undefined) return
  const { shape } = gate
  const fits = shape.length > 1 && shape[0] === batch && shape.at(-1) === units && product(shape) === batch * units
  if (!fits) expectShape(name, gate, [units])
}

const inputSizes = ({ shape }: TensorInfo): Pick<Sequence, 'batch' | 'steps' | 'features'> => {
  const [batch = 0, steps = 0, features = 0] = shape
  if (shape.length === 3 && steps > 0) return { batch, steps, features }
  throw new Error(`Expected an input of shape [batch, steps, features], got [${shape.join(', ')}].`)
}

const sequenceOf = (all: readonly TensorInfo[], attrs: MixedSequenceAttrs): Sequence => {
  if (!isFloat(...all)) throw new Error(`${PTU_MIXED_SEQUENCE} needs float32 tensors: cast them before the call.`)
  const inputs = sequenceInputs(all, attrs)
  const { x, fineTuned, given } = inputs
  const sequence = { attrs, inputs, ...inputSizes(x), units: fineTuned[1].shape[0] ?? 0 }
  const { batch, steps } = sequence
  for (const params of [inputs.source, fineTuned, inputs.random]) checkParams(params, sequence)
  checkGate('update gate', inputs.update, sequence)
  checkGate('fine-tune gate', inputs.fineTune, sequence)
  if (given) expectShape('states', given, [batch, steps, sequence.units * (attrs.mixed === 'all-states' ? 2 : 1)])
  return sequence
}

const addressOr0 = ({ heap }: Native, tensor: TensorInfo | undefined): number =>
  tensor === undefined ? 0 : heap.address(tensor)

/** Four addresses for each of the branches, 0 where there is nothing. */
const addresses = (native: Native, branches: readonly (CellParams<TensorInfo> | undefined)[]): readonly number[] =>
  branches.flatMap((params) => [0, 1, 2, 3].map((i) => addressOr0(native, params?.[i])))

const perExample = ({ shape }: TensorInfo, units: number): number => (shape.length > 1 ? units : 0)

/** The fields of `MixedSequence` in `assembly/mixed-layout.ts`, in their order. */
const fields = (native: Native, sequence: Sequence): readonly number[] => {
  const { attrs, inputs, steps, batch, features, units } = sequence
  const { x, update, fineTune, given, source, fineTuned, random } = inputs
  return [
    attrs.cell === 'gru' ? 0 : 1,
    ['maps', 'states', 'all-states'].indexOf(attrs.mixed),
    attrs.masked ? 1 : 0,
    ...[steps, batch, features, units, attrs.branches - 1],
    ...[native.heap.address(x), native.heap.address(update), perExample(update, units)],
    ...[addressOr0(native, fineTune), fineTune ? perExample(fineTune, units) : 0, addressOr0(native, given)],
    ...addresses(native, [source, fineTuned, random]),
  ]
}
const FIELD_BYTES = 112

/** Calls `use` with the addresses of the fields of a sequence, with `more` behind them, and of the scratch. */
const withSequence = (
  { heap, wasm }: Native,
  numbers: readonly number[],
  more: readonly number[],
  use: (sequence: number, more: number, scratch: number) => void,
): void => {
  heap.borrow(2 * FIELD_BYTES, (sequence) => {
    new Int32Array(heap.memory.buffer, sequence, numbers.length).set(numbers)
    new Int32Array(heap.memory.buffer, sequence + FIELD_BYTES, more.length).set(more)
    heap.borrow(wasm.mixedSequenceScratch(sequence), (scratch) => {
      use(sequence, sequence + FIELD_BYTES, scratch)
    })
  })
}

/** Numbers of a step of one example: the maps of all branches, and what the cells keep. */
const widths = (native: Native, numbers: readonly number[]): readonly [maps: number, kept: number] => {
  const { heap, wasm } = native
  return heap.borrow(FIELD_BYTES, (sequence) => {
    new Int32Array(heap.memory.buffer, sequence, numbers.length).set(numbers)
    return [wasm.rowWidth(sequence), wasm.keptWidth(sequence)] as const
  })
}

/** The places of the states, the maps and what the cells keep in what the forward pass keeps. */
const partsOf = (
  { steps, batch, units }: Sequence,
  [maps]: readonly [number, number],
  kept: number,
): readonly [states: number, maps: number, cells: number] => {
  const rows = 4 * steps * batch
  return [kept, kept + rows * units, kept + rows * (units + maps)]
}

/** The outputs, and what the gradient needs. */
const forward = (native: Native, all: readonly TensorInfo[], attrs: MixedSequenceAttrs): TensorInfo[] => {
  const { heap, wasm } = native
  const sequence = sequenceOf(all, attrs)
  const { steps, batch, units } = sequence
  const numbers = fields(native, sequence)
  const row = widths(native, numbers)
  const y = heap.allocate([batch, steps, units], 'float32')
  const kept = heap.allocate([steps * batch * (units + row[0] + row[1])], 'float32')
  withSequence(native, numbers, [], (address, _more, scratch) => {
    wasm.mixedSequenceForward(address, heap.address(y), ...partsOf(sequence, row, heap.address(kept)), scratch)
  })
  return [y, keptForGradient(kept)]
}

/** The gradient of all maps, and those of the inputs that learn, in their order. */
const gradient = (native: Native, [dy, ...given]: readonly TensorInfo[], attrs: MixedSequenceAttrs): TensorInfo[] => {
  const { heap, wasm } = native
  const [all, kept] = [given.slice(0, -1), given.at(-1) as TensorInfo]
  const sequence = sequenceOf(all, attrs)
  const { steps, batch, units } = sequence
  expectShape('dy', dy as TensorInfo, [batch, steps, units])
  const numbers = fields(native, sequence)
  const row = widths(native, numbers)
  const maps = heap.allocate([steps, batch, row[0]], 'float32')
  const places = sequenceGradients(all.length, attrs)
  const gradients = places.map((place) => heap.allocate((all[place] as TensorInfo).shape, 'float32'))
  const sparse = all.map((_, place) => gradients[places.indexOf(place)])
  const of = sequenceInputs(sparse, attrs)
  const learnt = addresses(native, [undefined, of.fineTuned, of.random] as never)
  const targets = [maps, of.given, of.update, of.fineTune].map((target) => addressOr0(native, target))
  withSequence(native, numbers, [...targets, ...learnt], (address, more, scratch) => {
    const parts = partsOf(sequence, row, heap.address(kept))
    wasm.mixedSequenceGradient(address, more, heap.address(dy as TensorInfo), ...parts, scratch)
  })
  return [maps, ...gradients]
}

const inputGradient = (
  native: Native,
  [maps, ...all]: readonly TensorInfo[],
  attrs: MixedSequenceAttrs,
): TensorInfo => {
  const { heap, wasm } = native
  const sequence = sequenceOf(all, attrs)
  const numbers = fields(native, sequence)
  const [width] = widths(native, numbers)
  expectShape('the gradient of the maps', maps as TensorInfo, [sequence.steps, sequence.batch, width])
  const dx = heap.allocate(sequence.inputs.x.shape, 'float32')
  withSequence(native, numbers, [], (address, _more, scratch) => {
    wasm.mixedSequenceInputGradient(address, heap.address(maps as TensorInfo), heap.address(dx), scratch)
  })
  return dx
}

/** Sequences of cells whose affine maps or states are mixed, and their gradients. */
export const mixedSequenceKernels = (native: Native): KernelTable => {
  const kernel =
    (run: (native: Native, all: readonly TensorInfo[], attrs: MixedSequenceAttrs) => TensorInfo | TensorInfo[]) => () =>
      asKernel<readonly TensorInfo[], MixedSequenceAttrs>(({ inputs, attrs }) => run(native, inputs, attrs))
  return {
    [PTU_MIXED_SEQUENCE]: kernel(forward),
    [PTU_MIXED_SEQUENCE_GRAD]: kernel(gradient),
    [PTU_MIXED_SEQUENCE_INPUT_GRAD]: kernel(inputGradient),
  }
}
