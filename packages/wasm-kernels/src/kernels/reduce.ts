import { util, type SumAttrs, type TensorInfo, type UnsortedSegmentSumAttrs } from '@tensorflow/tfjs-core'
import {
  asKernel,
  callStock,
  isFloat,
  product,
  type Call,
  type Inputs,
  type KernelTable,
  type Native,
} from '../kernel.ts'

/** The number of axes reduced if they are the leading ones and not all of them, else 0. */
const leadingAxes = (axis: number | number[], shape: number[]): number => {
  const axes = util.parseAxisParam(axis, shape)
  const leading = axes.length < shape.length && [...axes].sort((a, b) => a - b).every((value, i) => value === i)
  return leading ? axes.length : 0
}

/** Sums over leading axes without the transposition that stock kernels begin with; `mean` divides by the row count. */
const leadingSum = (
  { heap, wasm }: Native,
  call: Call<Inputs<'x'>, SumAttrs>,
  mean: boolean,
): TensorInfo | undefined => {
  const { x } = call.inputs
  const reduced = leadingAxes(call.attrs.axis, x.shape)
  if (reduced === 0 || !isFloat(x)) return undefined
  const rows = product(x.shape.slice(0, reduced))
  const kept = x.shape.slice(reduced)
  const shape = call.attrs.keepDims ? [...x.shape.slice(0, reduced).map(() => 1), ...kept] : kept
  const out = heap.allocate(shape, 'float32')
  wasm.sumColumns(rows, product(kept), heap.address(x), heap.address(out), mean ? 1 / rows : 1)
  return out
}

/** Sums and means over leading axes, and sums of rows by segment. */
export const reduceKernels = (native: Native): KernelTable => ({
  Sum: (stock) =>
    asKernel<Inputs<'x'>, SumAttrs>((call) => leadingSum(native, call, false) ?? callStock('Sum', stock, call)),
  Mean: (stock) =>
    asKernel<Inputs<'x'>, SumAttrs>((call) => leadingSum(native, call, true) ?? callStock('Mean', stock, call)),
  UnsortedSegmentSum: (stock) =>
    asKernel<Inputs<'x' | 'segmentIds'>, UnsortedSegmentSumAttrs>((call) => {
      const { x, segmentIds } = call.inputs
      const { numSegments } = call.attrs
      if (!isFloat(x) || segmentIds.dtype !== 'int32') return callStock('UnsortedSegmentSum', stock, call)
      const { heap, wasm } = native
      const rows = product(segmentIds.shape)
      const rest = x.shape.slice(segmentIds.shape.length)
      const out = heap.allocate([numSegments, ...rest], 'float32')
      wasm.sumSegments(rows, product(rest), heap.address(x), heap.address(segmentIds), numSegments, heap.address(out))
      return out
    }),
})
