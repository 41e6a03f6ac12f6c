import { PTU_PEEK } from '../fused/kernel-names.ts'
import { asKernel, isFloat, product, type Inputs, type KernelTable, type Native } from '../kernel.ts'

/** A reader of the numbers of a tensor, which are its own until it returns. */
interface PeekAttrs {
  readonly use: (numbers: Float32Array) => void
}

/** Shows the numbers of a tensor where they lie, without a copy. It has no output. */
export const peekKernels = ({ heap }: Native): KernelTable => ({
  [PTU_PEEK]: () =>
    asKernel(({ inputs: { x }, attrs: { use } }: { inputs: Inputs<'x'>; attrs: PeekAttrs }) => {
      if (!isFloat(x)) throw new Error(`${PTU_PEEK} needs a tensor of float32, got ${x.dtype}`)
      // The address first: it may bring the numbers from another backend, and memory that grows leaves views behind.
      const address = heap.address(x)
      use(new Float32Array(heap.memory.buffer, address, product(x.shape)))
      return []
    }),
})
