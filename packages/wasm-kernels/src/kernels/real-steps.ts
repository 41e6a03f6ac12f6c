import { PTU_REAL_STEPS } from '../fused/kernel-names.ts'
import { asKernel, expectShape, product, type Inputs, type KernelTable, type Native } from '../kernel.ts'

/** `y` [batch, steps, ...] where the step of x [batch, steps, ...] has a number other than 0, else 0; y itself if all have. */
export const realStepKernels = ({ heap, wasm }: Native): KernelTable => ({
  [PTU_REAL_STEPS]: () =>
    asKernel<Inputs<'x' | 'y'>, unknown>(({ inputs: { x, y } }) => {
      const [batch = 0, steps = 0] = x.shape
      expectShape('y', y, [batch, steps, ...y.shape.slice(2)])
      const [xWidth, yWidth] = [x, y].map(({ shape }) => product(shape.slice(2))) as [number, number]
      if (wasm.allReal(batch * steps, xWidth, heap.address(x)) !== 0) return heap.share(y, y.shape)
      const kept = heap.allocate(y.shape, 'float32')
      wasm.keepRealSteps(batch * steps, xWidth, yWidth, heap.address(x), heap.address(y), heap.address(kept))
      return kept
    }),
})
