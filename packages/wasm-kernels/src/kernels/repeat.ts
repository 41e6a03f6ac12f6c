import type { PadV2Attrs, TensorInfo, TileAttrs } from '@tensorflow/tfjs-core'
import { asKernel, callStock, isFloat, product, type Inputs, type KernelTable, type Native } from '../kernel.ts'

/** Counts how often a whole tensor is repeated, if that is all that a tiling does: it repeats no axis after a longer one. */
const wholeRepeats = (shape: readonly number[], reps: readonly number[]): number | undefined => {
  const first = shape.findIndex((size) => size !== 1)
  const isWhole = first < 0 || reps.every((count, axis) => count === 1 || axis <= first)
  return isWhole && reps.length === shape.length ? product(reps) : undefined
}

const repeat = ({ heap, wasm }: Native, x: TensorInfo, reps: readonly number[], times: number): TensorInfo => {
  const size = product(x.shape)
  const out = heap.allocate(
    x.shape.map((length, axis) => length * (reps[axis] ?? 1)),
    x.dtype,
  )
  wasm.copyPlanes(heap.address(x), heap.address(out), times, 1, size, 0, size, size, size)
  return out
}

/** Tells whether the rows and the columns of maps are padded, by zeros, and nothing else. */
const isMapPadding = ({ shape }: TensorInfo, { paddings, constantValue }: PadV2Attrs): boolean =>
  shape.length === 4 && constantValue === 0 && [paddings[0], paddings[3]].every((pad) => pad?.[0] === 0 && pad[1] === 0)

const padMaps = ({ heap, wasm }: Native, x: TensorInfo, { paddings }: PadV2Attrs): TensorInfo => {
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape
  const [, [top, bottom] = [0, 0], [left, right] = [0, 0]] = paddings
  const shape = [batch, height + top + bottom, width + left + right, channels]
  const out = heap.allocate(shape, 'float32')
  new Float32Array(heap.memory.buffer, heap.address(out), product(shape)).fill(0)
  const [row, outRow] = [width * channels, (width + left + right) * channels]
  const start = heap.address(out) + 4 * (top * outRow + left * channels)
  const planes = [batch, height, row, height * row, row, (height + top + bottom) * outRow, outRow] as const
  wasm.copyPlanes(heap.address(x), start, ...planes)
  return out
}

/** Repeating a whole tensor, and zeros around maps [batch, height, width, channels]. */
export const repeatKernels = (native: Native): KernelTable => ({
  Tile: (stock) =>
    asKernel<Inputs<'x'>, TileAttrs>((call) => {
      const { x } = call.inputs
      const times = wholeRepeats(x.shape, call.attrs.reps)
      return isFloat(x) && times !== undefined
        ? repeat(native, x, call.attrs.reps, times)
        : callStock('Tile', stock, call)
    }),
  PadV2: (stock) =>
    asKernel<Inputs<'x'>, PadV2Attrs>((call) => {
      const { x } = call.inputs
      return isFloat(x) && isMapPadding(x, call.attrs)
        ? padMaps(native, x, call.attrs)
        : callStock('PadV2', stock, call)
    }),
})
