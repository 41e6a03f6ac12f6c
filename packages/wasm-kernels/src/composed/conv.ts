import type { TensorInfo } from '@tensorflow/tfjs-core'
import { asKernel, type Inputs, type KernelTable } from '../kernel.ts'
import { convWindow, type Window, type WindowAttrs } from '../window.ts'
import { numbersOf, release, runKernel, tensorOf } from './numbers.ts'
import { walkWindows } from './window-walk.ts'

type FilterAttrs = WindowAttrs & { readonly filterShape: readonly number[] }
type InputAttrs = WindowAttrs & { readonly inputShape: readonly number[] }

const positions = (w: Window): number => w.batchSize * w.outHeight * w.outWidth
const elements = (w: Window): number => w.filterHeight * w.filterWidth * w.inChannels

const product = (backend: object, a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): TensorInfo =>
  runKernel(backend, 'BatchMatMul', { a, b }, { transposeA, transposeB })

/** Patches [positions, filter elements × channels] of an input. */
const patches = (backend: object, w: Window, x: TensorInfo): TensorInfo => {
  const source = numbersOf(backend, x)
  const target = new Float32Array(positions(w) * elements(w))
  walkWindows(w, (output, input, element) => {
    const start = output * elements(w) + element * w.inChannels
    target.set(source.subarray(input * w.inChannels, (input + 1) * w.inChannels), start)
  })
  return tensorOf(backend, target, [positions(w), elements(w)])
}

const filterGradient = (backend: object, w: Window, x: TensorInfo, dy: TensorInfo): TensorInfo => {
  const columns = patches(backend, w, x)
  const rows = { ...dy, shape: [positions(w), w.outChannels] }
  const result = product(backend, columns, rows, true, false)
  release(backend, columns)
  return { ...result, shape: [...w.filterShape] }
}

const inputGradient = (backend: object, w: Window, dy: TensorInfo, filter: TensorInfo): TensorInfo => {
  const rows = { ...dy, shape: [positions(w), w.outChannels] }
  const matrix = { ...filter, shape: [elements(w), w.outChannels] }
  const columns = product(backend, rows, matrix, false, true)
  const source = numbersOf(backend, columns)
  release(backend, columns)
  const target = new Float32Array(w.inShape.reduce((a, b) => a * b, 1))
  walkWindows(w, (output, input, element) => {
    const from = output * elements(w) + element * w.inChannels
    const to = input * w.inChannels
    for (let c = 0; c < w.inChannels; c++) target[to + c] = (target[to + c] ?? 0) + (source[from + c] ?? 0)
  })
  return tensorOf(backend, target, w.inShape)
}

/** Gradients of convolutions as patches and one product. */
export const composedConvKernels: KernelTable = {
  Conv2DBackpropFilter: () =>
    asKernel<Inputs<'x' | 'dy'>, FilterAttrs>(({ inputs: { x, dy }, attrs, backend }) =>
      filterGradient(backend, convWindow(x.shape, attrs.filterShape, attrs, false), x, dy),
    ),
  Conv2DBackpropInput: () =>
    asKernel<Inputs<'dy' | 'filter'>, InputAttrs>(({ inputs: { dy, filter }, attrs, backend }) =>
      inputGradient(backend, convWindow(attrs.inputShape, filter.shape, attrs, false), dy, filter),
    ),
}
