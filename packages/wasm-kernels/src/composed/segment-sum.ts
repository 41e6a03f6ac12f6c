import type { KernelFunc, UnsortedSegmentSumAttrs } from '@tensorflow/tfjs-core'
import { asKernel, product, type Inputs } from '../kernel.ts'
import { numbersOf, tensorOf } from './numbers.ts'

/** Sums of rows by segment as plain loops; rows whose segment lies outside are dropped. */
export const composedSegmentSum = (): KernelFunc =>
  asKernel<Inputs<'x' | 'segmentIds'>, UnsortedSegmentSumAttrs>(({ inputs, attrs, backend }) => {
    const rest = inputs.x.shape.slice(inputs.segmentIds.shape.length)
    const size = product(rest)
    const x = numbersOf(backend, inputs.x)
    const sums = new Float32Array(attrs.numSegments * size)
    numbersOf(backend, inputs.segmentIds).forEach((segment, row) => {
      if (segment < 0 || segment >= attrs.numSegments) return
      for (let c = 0; c < size; c++)
        sums[segment * size + c] = (sums[segment * size + c] ?? 0) + (x[row * size + c] ?? 0)
    })
    return tensorOf(backend, sums, [attrs.numSegments, ...rest])
  })
