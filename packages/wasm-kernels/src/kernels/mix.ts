import type { TensorInfo } from '@tensorflow/tfjs-core'
import { PTU_MIX, PTU_MIX_GRAD } from '../fused/kernel-names.ts'
import { asKernel, expectShape, product, type KernelTable, type Native } from '../kernel.ts'

/** In this order: source, fine-tuned branch and update gate; random branch and fine-tune gate together or not at all. */
type MixInputs = readonly [source: TensorInfo, fineTuned: TensorInfo, update: TensorInfo, ...three: Three]
type Three = readonly [] | readonly [random: TensorInfo, fineTune: TensorInfo]

interface Sizes {
  readonly examples: number
  readonly positions: number
  readonly channels: number
}

const sizesOf = ({ shape }: TensorInfo): Sizes => {
  const channels = shape.at(-1) ?? 1
  const [examples = 1, ...between] = shape.slice(0, -1)
  return { examples, channels, positions: product(between) }
}

/** Numbers from one example's gate to the next: 0 for a gate of [channels]. */
const gateStride = ({ shape }: TensorInfo, { examples, channels }: Sizes): number => {
  if (shape.at(-1) === channels) {
    if (product(shape) === channels) return 0
    if (product(shape) === examples * channels && shape[0] === examples) return channels
  }
  throw new Error(
    `Expected a gate of shape [${channels}] or [${examples}, 1, ..., ${channels}], got [${shape.join(', ')}]: broadcast it first.`,
  )
}

/** The arguments that the mixing functions of the module share, from the number of examples to the fine-tune gate. */
const sharedArgs = ({ heap }: Native, inputs: MixInputs, sizes: Sizes): readonly [...Sources, ...Gates] => {
  const [source, fineTuned, update, random, fineTune] = inputs
  for (const branch of [fineTuned, random ?? source]) expectShape('branch', branch, source.shape)
  return [
    heap.address(source),
    heap.address(fineTuned),
    random === undefined ? 0 : heap.address(random),
    heap.address(update),
    gateStride(update, sizes),
    fineTune === undefined ? 0 : heap.address(fineTune),
    fineTune === undefined ? 0 : gateStride(fineTune, sizes),
  ]
}
type Sources = [source: number, fineTuned: number, random: number]
type Gates = [update: number, updateStride: number, fineTune: number, fineTuneStride: number]

const mix = (native: Native, inputs: MixInputs): TensorInfo => {
  const { heap, wasm } = native
  const sizes = sizesOf(inputs[0])
  const args = sharedArgs(native, inputs, sizes)
  const z = heap.allocate(inputs[0].shape, 'float32')
  wasm.mix(sizes.examples, sizes.positions, sizes.channels, ...args, heap.address(z))
  return z
}

/** Gradients of a mixture in each of its inputs, in their order. */
const mixGradient = (native: Native, dz: TensorInfo, inputs: MixInputs): TensorInfo[] => {
  const { heap, wasm } = native
  expectShape('dz', dz, inputs[0].shape)
  const gradients = inputs.map(({ shape }) => heap.allocate(shape, 'float32'))
  const [dSource = 0, dFineTuned = 0, dUpdate = 0, dRandom = 0, dFineTune = 0] = gradients.map((g) => heap.address(g))
  const sizes = sizesOf(inputs[0])
  const args = sharedArgs(native, inputs, sizes)
  heap.borrow(8 * sizes.channels, (sums) => {
    wasm.mixGradient(
      sizes.examples,
      sizes.positions,
      sizes.channels,
      heap.address(dz),
      ...args,
      dSource,
      dFineTuned,
      dRandom,
      dUpdate,
      dFineTune,
      sums,
    )
  })
  return gradients
}

/** Mixing of the branches of a transfer unit, and its gradient. */
export const mixKernels = (native: Native): KernelTable => ({
  [PTU_MIX]: () => asKernel<MixInputs, unknown>(({ inputs }) => mix(native, inputs)),
  [PTU_MIX_GRAD]: () =>
    asKernel<readonly [TensorInfo, ...MixInputs], unknown>(({ inputs: [dz, ...inputs] }) =>
      mixGradient(native, dz, inputs),
    ),
})
