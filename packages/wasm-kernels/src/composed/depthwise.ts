import { asKernel, type Inputs, type KernelTable } from '../kernel.ts'
import { convWindow, type Window, type WindowAttrs } from '../window.ts'
import { numbersOf, tensorOf } from './numbers.ts'
import { walkWindows } from './window-walk.ts'

type FilterAttrs = WindowAttrs & { readonly filterShape: readonly number[] }
type InputAttrs = WindowAttrs & { readonly inputShape: readonly number[] }

/** Visits every product of a depthwise convolution: flat indices of its output, input and filter numbers. */
const walkProducts = (w: Window, visit: (output: number, input: number, weight: number) => void): void => {
  const multiplier = w.outChannels / w.inChannels
  walkWindows(w, (output, input, element) => {
    for (let c = 0; c < w.outChannels; c++) {
      const source = input * w.inChannels + Math.floor(c / multiplier)
      visit(output * w.outChannels + c, source, element * w.outChannels + c)
    }
  })
}

/** Gradients of depthwise convolutions as plain loops. */
export const composedDepthwiseKernels: KernelTable = {
  DepthwiseConv2dNativeBackpropFilter: () =>
    asKernel<Inputs<'x' | 'dy'>, FilterAttrs>(({ inputs, attrs, backend }) => {
      const w = convWindow(inputs.x.shape, attrs.filterShape, attrs, true)
      const x = numbersOf(backend, inputs.x)
      const dy = numbersOf(backend, inputs.dy)
      const dw = new Float32Array(w.filterHeight * w.filterWidth * w.outChannels)
      walkProducts(w, (output, input, weight) => {
        dw[weight] = (dw[weight] ?? 0) + (x[input] ?? 0) * (dy[output] ?? 0)
      })
      return tensorOf(backend, dw, attrs.filterShape)
    }),
  DepthwiseConv2dNativeBackpropInput: () =>
    asKernel<Inputs<'dy' | 'filter'>, InputAttrs>(({ inputs, attrs, backend }) => {
      const w = convWindow(attrs.inputShape, inputs.filter.shape, attrs, true)
      const dy = numbersOf(backend, inputs.dy)
      const filter = numbersOf(backend, inputs.filter)
      const dx = new Float32Array(w.batchSize * w.inHeight * w.inWidth * w.inChannels)
      walkProducts(w, (output, input, weight) => {
        dx[input] = (dx[input] ?? 0) + (dy[output] ?? 0) * (filter[weight] ?? 0)
      })
      return tensorOf(backend, dx, attrs.inputShape)
    }),
}
