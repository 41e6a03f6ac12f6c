import type { TensorInfo } from '@tensorflow/tfjs-core'
import { PTU_ATTENTION, PTU_ATTENTION_GRAD } from '../fused/kernel-names.ts'
import type { AttentionAttrs } from '../fused/transformer-gradients.ts'
import { asKernel, expectShape, type Inputs, type KernelTable, type Native } from '../kernel.ts'

type Sizes = readonly [batch: number, steps: number, features: number, heads: number, masked: number]

/** The sizes of queries, keys and values side by side, [batch, steps, 3 · features]. */
const sizesOf = ({ shape }: TensorInfo, { heads, masked }: AttentionAttrs): Sizes => {
  const [batch = 0, steps = 0, channels = 0] = shape
  if (shape.length === 3 && channels % (3 * heads) === 0) return [batch, steps, channels / 3, heads, Number(masked)]
  throw new Error(
    `Expected queries, keys and values of shape [batch, steps, 3 * features] for ${heads} heads, got [${shape.join(', ')}].`,
  )
}

const forward = ({ heap, wasm }: Native, x: TensorInfo, attrs: AttentionAttrs): TensorInfo => {
  const sizes = sizesOf(x, attrs)
  const [batch, steps, features, heads] = sizes
  const y = heap.allocate([batch, steps, features], 'float32')
  heap.borrow(wasm.attentionScratch(steps, features / heads), (scratch) => {
    wasm.attention(...sizes, heap.address(x), heap.address(y), scratch)
  })
  return y
}

const gradient = ({ heap, wasm }: Native, { dy, x }: Inputs<'dy' | 'x'>, attrs: AttentionAttrs): TensorInfo => {
  const sizes = sizesOf(x, attrs)
  const [batch, steps, features, heads] = sizes
  expectShape('dy', dy, [batch, steps, features])
  const dx = heap.allocate(x.shape, 'float32')
  heap.borrow(wasm.attentionGradientScratch(steps, features / heads), (scratch) => {
    wasm.attentionGradient(...sizes, heap.address(dy), heap.address(x), heap.address(dx), scratch)
  })
  return dx
}

/** Attention of every step to every step in several heads, and its gradient. */
export const attentionKernels = (native: Native): KernelTable => ({
  [PTU_ATTENTION]: () => asKernel<Inputs<'x'>, AttentionAttrs>(({ inputs, attrs }) => forward(native, inputs.x, attrs)),
  [PTU_ATTENTION_GRAD]: () =>
    asKernel<Inputs<'dy' | 'x'>, AttentionAttrs>(({ inputs, attrs }) => gradient(native, inputs, attrs)),
})
