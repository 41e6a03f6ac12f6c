import { asKernel, callStock, expectShape, isFloat, type Inputs, type KernelTable, type Native } from '../kernel.ts'
import { poolWindow, withWindow, type WindowAttrs } from '../window.ts'

type PoolAttrs = WindowAttrs & { readonly filterSize: number | readonly [number, number] }

/** Gradients of max and average pooling of [batch, height, width, channels]. */
export const poolKernels = ({ heap, wasm }: Native): KernelTable => ({
  MaxPoolGrad: (stock) =>
    asKernel<Inputs<'dy' | 'input' | 'output'>, PoolAttrs>((call) => {
      const { dy, input, output } = call.inputs
      if (!isFloat(dy, input, output)) return callStock('MaxPoolGrad', stock, call)
      const w = poolWindow(input.shape, call.attrs)
      expectShape('dy', dy, w.outShape)
      expectShape('output', output, w.outShape)
      const out = heap.allocate(input.shape, 'float32')
      withWindow(heap, w, (window) => {
        wasm.maxPoolGradient(window, heap.address(dy), heap.address(input), heap.address(output), heap.address(out))
      })
      return out
    }),
  AvgPoolGrad: (stock) =>
    asKernel<Inputs<'dy' | 'input'>, PoolAttrs>((call) => {
      const { dy, input } = call.inputs
      if (!isFloat(dy, input)) return callStock('AvgPoolGrad', stock, call)
      const w = poolWindow(input.shape, call.attrs)
      expectShape('dy', dy, w.outShape)
      const out = heap.allocate(input.shape, 'float32')
      withWindow(heap, w, (window) => {
        wasm.avgPoolGradient(window, heap.address(dy), heap.address(out))
      })
      return out
    }),
})
