import { asKernel, callStock, type KernelTable } from '../kernel.ts'
import { explicitPad, type WindowAttrs } from '../window.ts'

const withExplicitPad =
  (name: string): KernelTable[string] =>
  (stock) =>
    asKernel<unknown, WindowAttrs>((call) =>
      callStock(name, stock, { ...call, attrs: { ...call.attrs, pad: explicitPad(call.attrs.pad) } }),
    )

const NAMES = [
  'AvgPool',
  'AvgPoolGrad',
  'Conv2D',
  'Conv2DBackpropInput',
  'DepthwiseConv2dNative',
  'FusedConv2D',
  'FusedDepthwiseConv2D',
  'MaxPool',
  'MaxPoolGrad',
] as const

/** Stock kernels that get explicit padding in place of a number from the caller; see {@link explicitPad}. */
export const stockPadKernels: KernelTable = Object.fromEntries(NAMES.map((name) => [name, withExplicitPad(name)]))
