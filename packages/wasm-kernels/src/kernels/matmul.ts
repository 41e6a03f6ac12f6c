import { broadcast_util, type BatchMatMulAttrs } from '@tensorflow/tfjs-core'
import { asKernel, callStock, isFloat, product, type Inputs, type KernelTable, type Native } from '../kernel.ts'

/** Rows, columns and the strides between neighbours of each, of the matrices of a stack [..., a, b]. */
const layout = (
  shape: readonly number[],
  transposed: boolean,
): { rows: number; columns: number; rowStride: number; columnStride: number } => {
  const [a = 1, b = 1] = shape.slice(-2)
  return transposed
    ? { rows: b, columns: a, rowStride: 1, columnStride: b }
    : { rows: a, columns: b, rowStride: b, columnStride: 1 }
}

/** For each matrix of the output, the matrix of a stack with batch axes `batch` that it is made from. */
const stackIndices = (batch: readonly number[], outBatch: readonly number[]): readonly number[] =>
  Array.from({ length: product(outBatch) }, (_, flat) => {
    let rest = flat
    let index = 0
    let stride = 1
    for (let axis = outBatch.length - 1, own = batch.length - 1; axis >= 0; axis--, own--) {
      const size = outBatch[axis] ?? 1
      const ownSize = batch[own] ?? 1
      index += (ownSize === 1 ? 0 : rest % size) * stride
      stride *= ownSize
      rest = Math.floor(rest / size)
    }
    return index
  })

const checkDepth = (a: readonly number[], b: readonly number[], depthA: number, depthB: number): void => {
  if (a.length < 2 || b.length < 2)
    throw new Error(`Expected matrices, got shapes [${a.join(', ')}] and [${b.join(', ')}].`)
  if (depthA === depthB) return
  throw new Error(
    `Expected matrices whose inner sizes agree, got [${a.join(', ')}] and [${b.join(', ')}] with inner sizes ${depthA} and ${depthB}.`,
  )
}

/** `C = op(A) · op(B)` for stacks of matrices [..., rows, columns] with broadcast batch axes. */
export const matmulKernels = ({ heap, wasm }: Native): KernelTable => ({
  BatchMatMul: (stock) =>
    asKernel<Inputs<'a' | 'b'>, BatchMatMulAttrs>((call) => {
      const { a, b } = call.inputs
      if (!isFloat(a, b)) return callStock('BatchMatMul', stock, call)
      const left = layout(a.shape, call.attrs.transposeA)
      const right = layout(b.shape, call.attrs.transposeB)
      checkDepth(a.shape, b.shape, left.columns, right.rows)
      const batch = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
      const out = heap.allocate([...batch, left.rows, right.columns], 'float32')
      const bIndices = stackIndices(b.shape.slice(0, -2), batch)
      heap.borrow(wasm.gemmScratch(), (scratch) => {
        stackIndices(a.shape.slice(0, -2), batch).forEach((aIndex, i) => {
          wasm.gemm(
            left.rows,
            right.columns,
            left.columns,
            heap.address(a) + 4 * aIndex * left.rows * left.columns,
            left.rowStride,
            left.columnStride,
            heap.address(b) + 4 * (bIndices[i] ?? 0) * right.rows * right.columns,
            right.rowStride,
            right.columnStride,
            heap.address(out) + 4 * i * left.rows * right.columns,
            0,
            scratch,
          )
        })
      })
      return out
    }),
})
