import { asKernel, callStock, expectShape, isFloat, type Inputs, type KernelTable, type Native } from '../kernel.ts'
import { convWindow, withScratch, withWindow, type WindowAttrs } from '../window.ts'
import { convolve } from './convolve.ts'

type FilterAttrs = WindowAttrs & { readonly filterShape: readonly number[] }
type InputAttrs = WindowAttrs & { readonly inputShape: readonly number[] }

/** Depthwise convolutions with filters [height, width, channels, multiplier], and their gradients. */
export const depthwiseKernels = (native: Native): KernelTable => ({
  DepthwiseConv2dNative: (stock) =>
    asKernel<Inputs<'x' | 'filter'>, WindowAttrs>((call) => {
      const { x, filter } = call.inputs
      if (!isFloat(x, filter)) return callStock('DepthwiseConv2dNative', stock, call)
      return convolve(native, convWindow(x.shape, filter.shape, call.attrs, true), call.inputs, { depthwise: true })
    }),
  ...gradientKernels(native),
})

const gradientKernels = ({ heap, wasm }: Native): KernelTable => ({
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
      withScratch(
        heap,
        w,
        (at) => wasm.depthwiseScratch(at),
        (window, scratch) => {
          wasm.depthwiseInputGradient(window, heap.address(dy), heap.address(filter), heap.address(out), scratch)
        },
      )
      return out
    }),
})
