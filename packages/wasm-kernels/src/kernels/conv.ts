import type { TensorInfo } from '@tensorflow/tfjs-core'
import { asKernel, callStock, expectShape, isFloat, type Inputs, type KernelTable, type Native } from '../kernel.ts'
import { convWindow, withScratch, type WindowAttrs } from '../window.ts'
import { convolve, type AffineInputs } from './convolve.ts'

type FilterAttrs = WindowAttrs & { readonly filterShape: readonly number[] }
type InputAttrs = WindowAttrs & { readonly inputShape: readonly number[] }

type ConvInputs = AffineInputs & { readonly preluActivationWeights?: TensorInfo }

type FusedAttrs = WindowAttrs & { readonly activation?: string | null }

/** True if `convolve` can do all of a fused convolution. */
const isSimple = ({ x, filter, bias, preluActivationWeights }: ConvInputs, activation: string): boolean =>
  isFloat(x, filter, bias) &&
  preluActivationWeights == null &&
  (bias == null || bias.shape.length === 1) &&
  (activation === 'linear' || activation === 'relu')

/** Convolutions of [batch, height, width, channels] with filters [height, width, channels, out channels], at any stride, padding and dilation. */
export const convKernels = (native: Native): KernelTable => ({ ...forwardKernels(native), ...gradientKernels(native) })

const forwardKernels = (native: Native): KernelTable => ({
  Conv2D: (stock) =>
    asKernel<ConvInputs, WindowAttrs>((call) => {
      const { x, filter } = call.inputs
      if (!isFloat(x, filter)) return callStock('Conv2D', stock, call)
      return convolve(native, convWindow(x.shape, filter.shape, call.attrs, false), call.inputs)
    }),
  FusedConv2D: (stock) =>
    asKernel<ConvInputs, FusedAttrs>((call) => {
      const { x, filter } = call.inputs
      const activation = call.attrs.activation ?? 'linear'
      if (!isSimple(call.inputs, activation)) return callStock('FusedConv2D', stock, call)
      const window = convWindow(x.shape, filter.shape, call.attrs, false)
      return convolve(native, window, call.inputs, { rectifier: activation === 'relu' ? 'relu' : undefined })
    }),
})

const gradientKernels = (native: Native): KernelTable => ({
  Conv2DBackpropFilter: (stock) =>
    asKernel<Inputs<'x' | 'dy'>, FilterAttrs>((call) => {
      const { x, dy } = call.inputs
      if (!isFloat(x, dy)) return callStock('Conv2DBackpropFilter', stock, call)
      const { heap, wasm } = native
      const w = convWindow(x.shape, call.attrs.filterShape, call.attrs, false)
      expectShape('dy', dy, w.outShape)
      const out = heap.allocate(call.attrs.filterShape, 'float32')
      withScratch(
        heap,
        w,
        (at) => wasm.convFilterGradientScratch(at),
        (window, scratch) => {
          wasm.convFilterGradient(window, heap.address(x), heap.address(dy), heap.address(out), scratch)
        },
      )
      return out
    }),
  Conv2DBackpropInput: (stock) =>
    asKernel<Inputs<'dy' | 'filter'>, InputAttrs>((call) => {
      const { dy, filter } = call.inputs
      if (!isFloat(dy, filter)) return callStock('Conv2DBackpropInput', stock, call)
      const { heap, wasm } = native
      const w = convWindow(call.attrs.inputShape, filter.shape, call.attrs, false)
      expectShape('dy', dy, w.outShape)
      const out = heap.allocate(w.inShape, 'float32')
      withScratch(
        heap,
        w,
        (at) => wasm.convInputGradientScratch(at),
        (window, scratch) => {
          wasm.convInputGradient(window, heap.address(dy), heap.address(filter), heap.address(out), scratch)
        },
      )
      return out
    }),
})
