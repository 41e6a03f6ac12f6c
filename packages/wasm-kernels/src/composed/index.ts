import type { KernelTable } from '../kernel.ts'
import { stockPadKernels } from '../kernels/stock-pad.ts'
import { composedConvKernels } from './conv.ts'
import { composedDepthwiseKernels } from './depthwise.ts'
import { composedMatmul } from './matmul.ts'
import { composedPoolKernels } from './pool.ts'
import { composedSegmentSum } from './segment-sum.ts'

/** Kernels made of stock kernels and plain loops: correct anywhere the backend starts, and slow. */
export const composedKernels: KernelTable = {
  ...stockPadKernels,
  ...composedConvKernels,
  ...composedDepthwiseKernels,
  ...composedPoolKernels,
  BatchMatMul: composedMatmul,
  UnsortedSegmentSum: composedSegmentSum,
}
