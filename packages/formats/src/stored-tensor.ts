import { ImportError, type StoredWeight } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'
import { tensor } from '@tensorflow/tfjs-core'

import { numberFormats, type NumberName } from './numbers.ts'

/** One tensor of a file. Nothing of it is read before it is asked for. */
export interface StoredTensor extends StoredWeight {
  /** How the file holds its numbers: `float32`, `int64`, `bool`. */
  readonly dtype: string
  /** Why its numbers cannot be read, where they cannot. */
  readonly refused?: string
  /** A new array of its numbers, rounded to 32 bits, in the order of its axes. Throws `ImportError` where it is refused. */
  readonly values: () => Float32Array
}

/** The tensors that a file holds. */
export interface TensorFile {
  /** What the file is: `PyTorch state_dict (zip container)`. */
  readonly format: string
  readonly tensors: readonly StoredTensor[]
  /** What else the file holds beside the tensors. */
  readonly others: readonly string[]
  /** What there is to know of how it is written, as shown to people. */
  readonly facts: Readonly<Record<string, string>>
}

/** Where the numbers of a tensor lie: element `i` of an axis is `strides[axis]` elements after element `i - 1`. */
export interface Layout {
  readonly shape: Shape
  readonly strides: readonly number[]
  /** The place of its first element, in elements. */
  readonly offset: number
}

/** The product of sizes. */
export const countOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1)

/** The strides of a tensor whose last axis runs fastest. */
export const contiguous = (shape: Shape): readonly number[] => shape.map((_, axis) => countOf(shape.slice(axis + 1)))

/** A tensor whose numbers lie in bytes that `bytes` gives; the caller has checked that they fit. */
export const storedTensor = (
  name: string,
  dtype: NumberName,
  layout: Layout,
  source: { readonly littleEndian: boolean; bytes(): Uint8Array },
): StoredTensor => {
  const { shape } = layout
  const values = (): Float32Array<ArrayBuffer> => {
    const bytes = source.bytes()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const format = numberFormats[dtype]
    return gather(layout, (i) => format.read(view, i * format.bytes, source.littleEndian))
  }
  return { name, shape, dtype, values, tensor: () => tensor(values(), [...shape], 'float32') }
}

/** A tensor that is listed and cannot be read. */
export const refusedTensor = (name: string, dtype: string, shape: Shape, refused: string): StoredTensor => {
  const refuse = (): never => {
    throw new ImportError(`tensor ${name}: ${refused}`)
  }
  return { name, shape, dtype, refused, values: refuse, tensor: refuse }
}

const gather = ({ shape, strides, offset }: Layout, read: (element: number) => number): Float32Array<ArrayBuffer> => {
  const values = new Float32Array(countOf(shape))
  const place = shape.map(() => 0)
  let element = offset
  for (let i = 0; i < values.length; i++) {
    values[i] = read(element)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [size = 1, stride = 0] = [shape[axis], strides[axis]]
      const next = (place[axis] ?? 0) + 1
      place[axis] = next === size ? 0 : next
      element += next === size ? stride * (1 - size) : stride
      if (next < size) break
    }
  }
  return values
}
