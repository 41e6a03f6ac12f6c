import type { TensorInfo } from '@tensorflow/tfjs-core'
import { asKernel, callStock, expectShape, isFloat, type Inputs, type KernelTable, type Native } from '../kernel.ts'
import { convWindow, withScratch, withWindow, type Window, type WindowAttrs } from '../window.ts'

type FilterAttrs = WindowAttrs & { readonly filterShape: readonly number[] }
type InputAttrs = WindowAttrs & { readonly inputShape: readonly number[] }

type ConvInputs = Inputs<'x' | 'filter'> & { readonly bias?: TensorInfo; readonly preluActivationWeights?: TensorInfo }

const forward = ({ heap, wasm }: Native, w: Window, { x, filter, bias }: ConvInputs, relu: boolean): TensorInfo => {
  expectShape('filter', filter, [w.filterHeight, w.filterWidth, w.inChannels, w.outChannels])
  if (bias != null) expectShape('bias', bias, [w.outChannels])
  const out = heap.allocate(w.outShape, 'float32')
  withScratch(
    heap,
    w,
    (at) => wasm.convForwardScratch(at),
    (window, scratch) => {
      const biasAddress = bias == null ? 0 : heap.address(bias)
      wasm.convForward(
        window,
        heap.address(x),
        heap.address(filter),
        biasAddress,
        Number(relu),
        heap.address(out),
        scratch,
      )
    },
  )
  return out
}

type FusedAttrs = WindowAttrs & { readonly activation?: string | null }

/** True if `forward` can do all of a fused convolution. */
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
      return forward(native, convWindow(x.shape, filter.shape, call.attrs, false), call.inputs, false)
    }),
  FusedConv2D: (stock) =>
    asKernel<ConvInputs, FusedAttrs>((call) => {
      const { x, filter } = call.inputs
      const activation = call.attrs.activation ?? 'linear'
      if (!isSimple(call.inputs, activation)) return callStock('FusedConv2D', stock, call)
      return forward(native, convWindow(x.shape, filter.shape, call.attrs, false), call.inputs, activation === 'relu')
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

/** Gradients of depthwise convolutions with filters [height, width, channels, multiplier]. */
export const depthwiseKernels = ({ heap, wasm }: Native): KernelTable => ({
  DepthwiseConv2dNativeBackpropFilter: (stock) =>
    asKernel<Inputs<'x' | 'dy'>, FilterAttrs>((call) => {
      const { x, dy } = call.inputs
      if (!isFloat(x, dy)) return callStock('DepthwiseConv2dNativeBackpropFilter', stock, call)
      const w = convWindow(x.shape, call.attrs.filterShape, call.attrs, true)
      expectShape('dy', dy, w.outShape)
      const out = heap.allocate(call.attrs.filterShape, 'float32')
      withWindow(heap, w, (window) => {
        wasm.depthwiseFilterGradient(window, heap.address(x), heap.address(dy), heap.address(out))
      })
      return out
    }),
  DepthwiseConv2dNativeBackpropInput: (stock) =>
    asKernel<Inputs<'dy' | 'filter'>, InputAttrs>((call) => {
      const { dy, filter } = call.inputs
      if (!isFloat(dy, filter)) return callStock('DepthwiseConv2dNativeBackpropInput', stock, call)
      const w = convWindow(call.attrs.inputShape, filter.shape, call.attrs, true)
      expectShape('dy', dy, w.outShape)
      const out = heap.allocate(w.inShape, 'float32')
      withWindow(heap, w, (window) => {
        wasm.depthwiseInputGradient(window, heap.address(dy), heap.address(filter), heap.address(out))
      })
      return out
    }),
})
