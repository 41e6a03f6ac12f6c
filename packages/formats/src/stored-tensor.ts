import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'

import { numberFormats, type NumberName } from './numbers.ts'
import type { DescribedModel } from './described-model.ts'
import type { StoredLayersModel } from './layers-model/stored-model.ts'
import type { StoredWeight } from './stored-weight.ts'

/** One tensor of a file. Nothing of it is read before it is asked for. */
export interface StoredTensor extends StoredWeight {
  /** The type of its numbers in the file: `float32`, `int64`, `bool`. */
  readonly dtype: string
  /**
   * A new array of its numbers, rounded to 32 bits, in the order of its axes. Throws `ImportError` if it is refused.
   */
  readonly values: () => Float32Array
  /** Its numbers as a tensor with its axes in another order, read in that order; the caller owns it. */
  readonly arranged: (arrangement: Arrangement) => Tensor
}

/** Another order of a tensor's numbers. */
export interface Arrangement {
  /** The tensor's shape, in which an axis may be split into several, the slowest first. */
  readonly split: Shape
  /** The axis of `split` that each axis of the result is. */
  readonly order: readonly number[]
}

/** The tensors that a file holds. */
export interface TensorFile {
  /** The format of the file: `PyTorch state_dict (zip container)`. */
  readonly format: string
  readonly tensors: readonly StoredTensor[]
  /** Everything that the file holds besides the tensors. */
  readonly others: readonly string[]
  /** Facts about the way the file is written, for people to read. */
  readonly facts: Readonly<Record<string, string>>
  /** The model that the file describes, where it describes one: Keras and ONNX. */
  readonly model?: StoredLayersModel | DescribedModel
}

/** The places of a tensor's numbers: element `i` of an axis is `strides[axis]` elements after element `i - 1`. */
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
  const read = (wanted: Layout): Float32Array<ArrayBuffer> => {
    const bytes = source.bytes()
    if (dtype === 'float32' && source.littleEndian && isLittleEndian()) return gatherFloats(wanted, bytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const format = numberFormats[dtype]
    return gather(wanted, (i) => format.read(view, i * format.bytes, source.littleEndian))
  }
  const arranged = (arrangement: Arrangement): Tensor => {
    const wanted = arrange(layout, arrangement)
    return tensor(read(wanted), [...wanted.shape], 'float32')
  }
  const values = (): Float32Array => read(layout)
  return { name, shape, dtype, values, arranged, tensor: () => tensor(read(layout), [...shape], 'float32') }
}

/** The layout of the same numbers in another order. */
const arrange = ({ shape, strides, offset }: Layout, { split, order }: Arrangement): Layout => {
  const parts = splitStrides(shape, strides, split)
  return { shape: order.map((axis) => split[axis] ?? 1), strides: order.map((axis) => parts[axis] ?? 0), offset }
}

/** The strides of axes that are split: the last part of an axis has the axis's own. */
const splitStrides = (shape: Shape, strides: readonly number[], split: Shape): readonly number[] => {
  const found = split.map(() => 0)
  let [axis, stride, left] = [shape.length - 1, strides.at(-1) ?? 0, shape.at(-1) ?? 1]
  for (let part = split.length - 1; part >= 0; part--) {
    const size = split[part] ?? 1
    // An axis that is used up gives way to the next, unless what follows are parts of size 1.
    while (left === 1 && size > 1 && axis > 0) {
      axis -= 1
      ;[stride, left] = [strides[axis] ?? 0, shape[axis] ?? 1]
    }
    found[part] = stride
    stride *= size
    left /= size
  }
  return found
}

/** A tensor that is listed and cannot be read. */
export const refusedTensor = (name: string, dtype: string, shape: Shape, refused: string): StoredTensor => {
  const refuse = (): never => {
    throw new ImportError(`tensor ${name}: ${refused}`)
  }
  return { name, shape, dtype, refused, values: refuse, arranged: refuse, tensor: refuse }
}

/** Tells whether this machine writes the low byte of a number first. */
export const isLittleEndian = (): boolean => new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** The floats of bytes that are written as this machine has them; copied as bytes where they lie in order. */
const gatherFloats = (layout: Layout, bytes: Uint8Array): Float32Array<ArrayBuffer> => {
  const { shape, strides, offset } = layout
  if (contiguous(shape).every((stride, axis) => stride === strides[axis])) {
    const values = new Float32Array(countOf(shape))
    new Uint8Array(values.buffer).set(bytes.subarray(4 * offset, 4 * (offset + values.length)))
    return values
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return gather(layout, (i) => view.getFloat32(4 * i, true))
}

const gather = ({ shape, strides, offset }: Layout, read: (element: number) => number): Float32Array<ArrayBuffer> => {
  const values = new Float32Array(countOf(shape))
  const [inner, step] = [shape.at(-1) ?? 1, strides.at(-1) ?? 0]
  const next = placesOf(shape.slice(0, -1), strides)
  let element = offset
  for (let i = 0; i < values.length; element += next()) {
    for (let j = 0; j < inner; j++) values[i++] = read(element + j * step)
  }
  return values
}

/** Steps through the places of axes in their order; gives how far each place is from the one before. */
const placesOf = (shape: Shape, strides: readonly number[]): (() => number) => {
  const place = shape.map(() => 0)
  return () => {
    let moved = 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [size = 1, stride = 0] = [shape[axis], strides[axis]]
      const next = (place[axis] ?? 0) + 1
      place[axis] = next === size ? 0 : next
      moved += next === size ? stride * (1 - size) : stride
      if (next < size) break
    }
    return moved
  }
}
