import type { Shape } from '@ptu/tensor'

import { contiguous, isLittleEndian, storedTensor, type StoredTensor } from '../stored-tensor.ts'

/** A tensor whose numbers are computed when they are asked for; they may lie in another order than its axes. */
export const computedTensor = (
  name: string,
  shape: Shape,
  numbers: () => Float32Array,
  strides: readonly number[] = contiguous(shape),
): StoredTensor =>
  storedTensor(
    name,
    'float32',
    { shape, strides, offset: 0 },
    {
      littleEndian: isLittleEndian(),
      bytes: () => {
        const made = numbers()
        return new Uint8Array(made.buffer, made.byteOffset, made.byteLength)
      },
    },
  )

/** A tensor of numbers that are known, of a type in ONNX. */
export const numbersTensor = (
  name: string,
  shape: Shape,
  numbers: readonly number[],
  dtype = 'float32',
): StoredTensor => ({ ...computedTensor(name, shape, () => Float32Array.from(numbers)), dtype })

/** A tensor of the same numbers in another shape. */
export const withShape = (tensor: StoredTensor, shape: Shape): StoredTensor =>
  shape.join() === tensor.shape.join()
    ? tensor
    : { ...computedTensor(tensor.name, shape, () => tensor.values()), dtype: tensor.dtype }

/** A tensor with its axes in another order. */
export const withAxes = (tensor: StoredTensor, order: readonly number[]): StoredTensor => {
  const strides = contiguous(tensor.shape)
  const pick = (list: readonly number[]): readonly number[] => order.map((axis) => list[axis] ?? 1)
  const made = computedTensor(tensor.name, pick(tensor.shape), () => tensor.values(), pick(strides))
  return { ...made, dtype: tensor.dtype }
}
