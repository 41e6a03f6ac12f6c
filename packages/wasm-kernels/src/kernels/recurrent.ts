import type { TensorInfo } from '@tensorflow/tfjs-core'
import { PTU_GRU, PTU_GRU_GRAD, PTU_LSTM, PTU_LSTM_GRAD } from '../fused/kernel-names.ts'
import { asKernel, expectShape, keptForGradient, type Inputs, type KernelTable, type Native } from '../kernel.ts'

type Sequence = [steps: number, batch: number, hidden: number]

/** Sizes of a sequence, from projected inputs [steps, batch, gates · hidden]. */
const sequenceOf = ({ shape }: TensorInfo, gates: number): Sequence => {
  const [steps = 0, batch = 0, width = 0] = shape
  if (shape.length === 3 && width % gates === 0 && steps > 0) return [steps, batch, width / gates]
  throw new Error(`Expected projected inputs of shape [steps, batch, ${gates} * hidden], got [${shape.join(', ')}].`)
}

type GruInputs = Inputs<'x' | 'u' | 'bias' | 'h0'>

const gru = ({ heap, wasm }: Native, { x, u, bias, h0 }: GruInputs): TensorInfo[] => {
  const [steps, batch, hidden] = sequenceOf(x, 3)
  expectShape('recurrent weights', u, [hidden, 3 * hidden])
  expectShape('recurrent bias', bias, [3 * hidden])
  expectShape('initial state', h0, [batch, hidden])
  const states = heap.allocate([steps, batch, hidden], 'float32')
  const kept = heap.allocate([steps, batch, 4 * hidden], 'float32')
  const [hs, saved] = [heap.address(states), heap.address(kept)]
  const inputs = [heap.address(x), heap.address(u), heap.address(bias), heap.address(h0)] as const
  heap.borrow(wasm.recurrentScratch(batch, hidden, 3), (scratch) => {
    wasm.gruForward(steps, batch, hidden, ...inputs, hs, saved, scratch)
  })
  return [states, keptForGradient(kept)]
}

const gruGradient = ({ heap, wasm }: Native, inputs: Inputs<'dhs' | 'u' | 'h0' | 'hs' | 'saved'>): TensorInfo[] => {
  const { dhs, u, h0, hs, saved } = inputs
  const [steps = 0, batch = 0, hidden = 0] = hs.shape
  expectShape('dhs', dhs, hs.shape)
  const shapes = [[steps, batch, 3 * hidden], u.shape, [3 * hidden], h0.shape]
  const gradients = shapes.map((shape) => heap.allocate(shape, 'float32'))
  const [dx = 0, du = 0, dBias = 0, dh0 = 0] = gradients.map((tensor) => heap.address(tensor))
  const given = [heap.address(dhs), heap.address(u), heap.address(h0), heap.address(hs), heap.address(saved)] as const
  const productBytes = 12 * steps * batch * hidden
  heap.borrow(productBytes + wasm.recurrentScratch(batch, hidden, 3), (products) => {
    wasm.gruGradient(steps, batch, hidden, ...given, dx, du, dBias, dh0, products, products + productBytes)
  })
  return gradients
}

const lstm = ({ heap, wasm }: Native, { x, u, h0, c0 }: Inputs<'x' | 'u' | 'h0' | 'c0'>): TensorInfo[] => {
  const [steps, batch, hidden] = sequenceOf(x, 4)
  expectShape('recurrent weights', u, [hidden, 4 * hidden])
  expectShape('initial hidden state', h0, [batch, hidden])
  expectShape('initial cell state', c0, [batch, hidden])
  const outputs = [hidden, hidden, 4 * hidden].map((width) => heap.allocate([steps, batch, width], 'float32'))
  const [hs = 0, cs = 0, saved = 0] = outputs.map((tensor) => heap.address(tensor))
  const inputs = [heap.address(x), heap.address(u), heap.address(h0), heap.address(c0)] as const
  heap.borrow(wasm.recurrentScratch(batch, hidden, 4), (scratch) => {
    wasm.lstmForward(steps, batch, hidden, ...inputs, hs, cs, saved, scratch)
  })
  return outputs.map((tensor, i) => (i === 0 ? tensor : keptForGradient(tensor)))
}

type LstmGradientInputs = Inputs<'dhs' | 'u' | 'h0' | 'c0' | 'hs' | 'cs' | 'saved'>

const lstmGradient = ({ heap, wasm }: Native, inputs: LstmGradientInputs): TensorInfo[] => {
  const { dhs, u, h0, c0, hs, cs, saved } = inputs
  const [steps = 0, batch = 0, hidden = 0] = hs.shape
  expectShape('dhs', dhs, hs.shape)
  const shapes = [[steps, batch, 4 * hidden], u.shape, h0.shape, c0.shape]
  const gradients = shapes.map((shape) => heap.allocate(shape, 'float32'))
  const [dx = 0, du = 0, dh0 = 0, dc0 = 0] = gradients.map((tensor) => heap.address(tensor))
  const states = [heap.address(h0), heap.address(c0), heap.address(hs), heap.address(cs), heap.address(saved)] as const
  heap.borrow(wasm.recurrentScratch(batch, hidden, 4), (scratch) => {
    wasm.lstmGradient(steps, batch, hidden, heap.address(dhs), heap.address(u), ...states, dx, du, dh0, dc0, scratch)
  })
  return gradients
}

/** Whole sequences of GRU and LSTM cells, and their gradients. */
export const recurrentKernels = (native: Native): KernelTable => ({
  [PTU_GRU]: () => asKernel<GruInputs, unknown>(({ inputs }) => gru(native, inputs)),
  [PTU_GRU_GRAD]: () =>
    asKernel<Parameters<typeof gruGradient>[1], unknown>(({ inputs }) => gruGradient(native, inputs)),
  [PTU_LSTM]: () => asKernel<Parameters<typeof lstm>[1], unknown>(({ inputs }) => lstm(native, inputs)),
  [PTU_LSTM_GRAD]: () => asKernel<LstmGradientInputs, unknown>(({ inputs }) => lstmGradient(native, inputs)),
})
