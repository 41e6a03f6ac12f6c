import type { TensorInfo } from '@tensorflow/tfjs-core'
import { PTU_MIXED_CONV, PTU_MIXED_CONV_INPUT_GRAD, PTU_MIXED_CONV_MIXTURE_GRAD } from '../fused/kernel-names.ts'
import { learntInputs, mixtureOf, type Mixture, type MixedConvAttrs } from '../fused/mixed-conv.ts'
import { asKernel, expectShape, isFloat, type KernelTable, type Native } from '../kernel.ts'
import { convWindow, withScratch, type Window } from '../window.ts'

/** Maps with fewer positions are mixed by their activations; `SMALLEST_MAP` in `assembly/conv-filter-gradient.ts`. */
const SMALLEST_MAP = 36

/** The window and the mixture of one call, checked. */
interface Mixed {
  readonly window: Window
  readonly mixture: Mixture<TensorInfo>
  /** Numbers from one example's gate to the next: 0 for gates of [channels]. */
  readonly updateStride: number
  readonly fineTuneStride: number
}

const gateStride = (name: string, gate: TensorInfo | undefined, { batchSize, outChannels }: Window): number => {
  if (gate === undefined || gate.shape.length === 1) {
    if (gate) expectShape(name, gate, [outChannels])
    return 0
  }
  expectShape(name, gate, [batchSize, 1, 1, outChannels])
  return outChannels
}

const checkMap = ({ outHeight, outWidth }: Window): void => {
  if (outHeight * outWidth >= SMALLEST_MAP) return
  throw new Error(
    `${PTU_MIXED_CONV}: expected an output of at least ${SMALLEST_MAP} positions, got ${outHeight} by ${outWidth}; convolve by each kernel and mix the results instead.`,
  )
}

const mixedOf = (xShape: readonly number[], inputs: readonly TensorInfo[], attrs: MixedConvAttrs): Mixed => {
  const mixture = mixtureOf(inputs, attrs.branches)
  const window = convWindow(xShape, mixture.source.shape, attrs, false)
  checkMap(window)
  if (!isFloat(...inputs)) throw new Error(`${PTU_MIXED_CONV} needs float32 tensors: cast them before the call.`)
  const { fineTuned, random, sourceBias, fineTunedBias, randomBias } = mixture
  for (const kernel of [fineTuned, random]) if (kernel) expectShape('kernel', kernel, window.filterShape)
  for (const bias of [sourceBias, fineTunedBias, randomBias]) if (bias) expectShape('bias', bias, [window.outChannels])
  return {
    window,
    mixture,
    updateStride: gateStride('update gate', mixture.update, window),
    fineTuneStride: gateStride('fine-tune gate', mixture.fineTune, window),
  }
}

/** The number of mixed kernels. */
const groupsOf = ({ window, updateStride, fineTuneStride }: Mixed): number =>
  updateStride === 0 && fineTuneStride === 0 ? 1 : window.batchSize

/** The window that one mixed kernel slides over. */
const groupWindow = (mixed: Mixed): Window => ({
  ...mixed.window,
  batchSize: groupsOf(mixed) === 1 ? mixed.window.batchSize : 1,
})

const addressOr0 = ({ heap }: Native, tensor: TensorInfo | undefined): number =>
  tensor === undefined ? 0 : heap.address(tensor)

/** The fields of `Mixture` in `assembly/mixture.ts`, in their order. */
const fields = (native: Native, mixed: Mixed): readonly number[] => {
  const { source, fineTuned, random, update, fineTune, sourceBias, fineTunedBias, randomBias } = mixed.mixture
  const address = (tensor: TensorInfo | undefined): number => addressOr0(native, tensor)
  return [
    groupsOf(mixed),
    ...[source, fineTuned, random, update].map(address),
    mixed.updateStride,
    address(fineTune),
    mixed.fineTuneStride,
    ...[sourceBias, fineTunedBias, randomBias].map(address),
  ]
}
const FIELD_BYTES = 80

/** Calls `use` with the addresses of the window, the fields of the mixture with `more` behind them, and the scratch. */
const withMixture = (
  native: Native,
  window: Window,
  numbers: readonly number[],
  scratch: (window: number) => number,
  use: (window: number, mixture: number, scratch: number) => void,
): void => {
  const { heap } = native
  withScratch(
    heap,
    window,
    (at) => FIELD_BYTES + scratch(at),
    (address, mixture) => {
      new Int32Array(heap.memory.buffer, mixture, numbers.length).set(numbers)
      use(address, mixture, mixture + FIELD_BYTES)
    },
  )
}

const elements = (w: Window): number => w.filterHeight * w.filterWidth * w.inChannels

const forward = (native: Native, [x, ...inputs]: readonly TensorInfo[], attrs: MixedConvAttrs): TensorInfo => {
  const { heap, wasm } = native
  const mixed = mixedOf((x as TensorInfo).shape, inputs, attrs)
  const { outChannels, outShape } = mixed.window
  const y = heap.allocate(outShape, 'float32')
  const own = 4 * outChannels * (elements(mixed.window) + 1)
  const scratch = (window: number): number => own + wasm.convForwardScratch(window)
  withMixture(native, groupWindow(mixed), fields(native, mixed), scratch, (window, mixture, free) => {
    wasm.mixedConvForward(window, mixture, heap.address(x as TensorInfo), heap.address(y), free)
  })
  return y
}

type InputAttrs = MixedConvAttrs & { readonly inputShape: readonly number[] }

const inputGradient = (native: Native, [dy, ...inputs]: readonly TensorInfo[], attrs: InputAttrs): TensorInfo => {
  const { heap, wasm } = native
  const mixed = mixedOf(attrs.inputShape, inputs, attrs)
  const { outChannels, outShape, inShape } = mixed.window
  expectShape('dy', dy as TensorInfo, outShape)
  const dx = heap.allocate(inShape, 'float32')
  const own = 4 * outChannels * elements(mixed.window)
  const scratch = (window: number): number => own + wasm.convInputGradientScratch(window)
  withMixture(native, groupWindow(mixed), fields(native, mixed), scratch, (window, mixture, free) => {
    wasm.mixedConvInputGradient(window, mixture, heap.address(dy as TensorInfo), heap.address(dx), free)
  })
  return dx
}

/** Gradients of the inputs that learn, in their order. */
const mixtureGradient = (
  native: Native,
  [dy, x, ...inputs]: readonly TensorInfo[],
  attrs: MixedConvAttrs,
): TensorInfo[] => {
  const { heap, wasm } = native
  const mixed = mixedOf((x as TensorInfo).shape, inputs, attrs)
  const { window } = mixed
  expectShape('dy', dy as TensorInfo, window.outShape)
  const learnt = learntInputs(inputs, attrs.branches)
  const gradients = learnt.map((i) => heap.allocate((inputs[i] as TensorInfo).shape, 'float32'))
  const sparse = inputs.map((_, i) => gradients[learnt.indexOf(i)])
  const { fineTuned, random, update, fineTune, fineTunedBias, randomBias } = mixtureOf(sparse, attrs.branches)
  const targets = [fineTuned, random, update, fineTune, fineTunedBias, randomBias]
  const numbers = fields(native, mixed)
  const all = [...numbers, ...targets.map((target) => addressOr0(native, target))]
  withMixture(
    native,
    window,
    all,
    (at) => wasm.convFilterGradientScratch(at),
    (address, mixture, free) => {
      const target = mixture + 4 * numbers.length
      wasm.mixtureGradient(
        address,
        mixture,
        target,
        heap.address(x as TensorInfo),
        heap.address(dy as TensorInfo),
        free,
      )
    },
  )
  return gradients
}

/**
 * Convolutions by a mixture of kernels, one per example, and their gradients. Each example is convolved once, whatever
 * the number of branches; docs/adr says why that is exact.
 */
export const mixedConvKernels = (native: Native): KernelTable => ({
  [PTU_MIXED_CONV]: () =>
    asKernel<readonly TensorInfo[], MixedConvAttrs>(({ inputs, attrs }) => forward(native, inputs, attrs)),
  [PTU_MIXED_CONV_INPUT_GRAD]: () =>
    asKernel<readonly TensorInfo[], InputAttrs>(({ inputs, attrs }) => inputGradient(native, inputs, attrs)),
  [PTU_MIXED_CONV_MIXTURE_GRAD]: () =>
    asKernel<readonly TensorInfo[], MixedConvAttrs>(({ inputs, attrs }) => mixtureGradient(native, inputs, attrs)),
})
