import { PTU_DENSE } from '../fused/kernel-names.ts'
import { asKernel, expectShape, type Inputs, type KernelTable, type Native } from '../kernel.ts'

/** `y = x · kernel + bias` for x [rows, in], kernel [in, out] and bias [out]. */
export const denseKernels = ({ heap, wasm }: Native): KernelTable => ({
  [PTU_DENSE]: () =>
    asKernel<Inputs<'x' | 'kernel' | 'bias'>, unknown>(({ inputs: { x, kernel, bias } }) => {
      const [rows = 0, depth = 0] = x.shape
      const columns = kernel.shape[1] ?? 0
      expectShape('x', x, [rows, depth])
      expectShape('kernel', kernel, [depth, columns])
      expectShape('bias', bias, [columns])
      const y = heap.allocate([rows, columns], 'float32')
      heap.borrow(wasm.gemmScratch(), (scratch) => {
        const given = [heap.address(x), heap.address(kernel), heap.address(bias)] as const
        wasm.dense(rows, columns, depth, ...given, heap.address(y), scratch)
      })
      return y
    }),
})
