import { ImportError } from '@ptu/networks'

import { numberAt, refuse } from '../layers-model/fields.ts'
import { shownShape } from '../shown.ts'
import { countOf, type StoredTensor } from '../stored-tensor.ts'
import { computedTensor, numbersTensor, withAxes, withShape } from './computed.ts'
import { axesOf, floatTypes, given, listOf, numbersAt, type Fold, type Folding } from './folding.ts'
import { isWhole, numberFoldings } from './number-foldings.ts'
import { sizesOf } from './value.ts'

/** The type of what is true or false, as ONNX numbers it. */
const booleanType = 9

/** A constant of one number; the batch, which a shape may hold, counts as one example. */
const filled = (folding: Folding, sizes: readonly number[], value: number, dtype = 'float32'): StoredTensor => {
  const shape = sizes.map((size) => (Number.isNaN(size) ? 1 : size))
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || countOf(shape) > 2 ** 24)
    throw new ImportError(`${folding.config.place}: expected a shape of at most ${2 ** 24} numbers, got ${shownShape(shape)}`) // prettier-ignore
  return { ...computedTensor(folding.name, shape, () => new Float32Array(countOf(shape)).fill(value)), dtype }
}

/** The ways in which constants are computed from constants, by operator. */
export const foldings: Readonly<Record<string, Fold>> = {
  ...numberFoldings,
  Cast: (folding) => {
    const tensor = given(folding, 0)
    if (floatTypes.includes(numberAt(folding.config, 'to'))) return { ...tensor, dtype: 'float32' }
    if (numberAt(folding.config, 'to') === booleanType) return numbersTensor(folding.name, tensor.shape, numbersAt(folding, 0).map((one) => (one === 0 ? 0 : 1)), 'bool') // prettier-ignore
    return isWhole(tensor) ? tensor : numbersTensor(folding.name, tensor.shape, numbersAt(folding, 0).map(Math.trunc), 'int64') // prettier-ignore
  },
  ConstantOfShape: (folding) =>
    filled(
      folding,
      numbersAt(folding, 0),
      folding.tensors.get('value')?.values()[0] ?? 0,
      folding.tensors.get('value')?.dtype,
    ),
  Flatten: (folding) => {
    const tensor = given(folding, 0)
    const at = numberAt(folding.config, 'axis', 1)
    const axis = at < 0 ? at + tensor.shape.length : at
    return withShape(tensor, [countOf(tensor.shape.slice(0, axis)), countOf(tensor.shape.slice(axis))])
  },
  Identity: (folding) => given(folding, 0),
  Reshape: (folding) => {
    const tensor = given(folding, 0)
    const wanted = numbersAt(folding, 1).map((size, axis) => (Number.isNaN(size) ? 1 : size === 0 ? (tensor.shape[axis] ?? 0) : size)) // prettier-ignore
    const known = countOf(wanted.filter((size) => size !== -1))
    const shape = wanted.map((size) => (size === -1 ? countOf(tensor.shape) / known : size))
    if (!shape.every((size) => Number.isSafeInteger(size) && size > 0) || countOf(shape) !== countOf(tensor.shape))
      throw new ImportError(`${folding.config.place}: expected a shape of as many numbers as ${shownShape(tensor.shape)}, got ${shownShape(shape)}`) // prettier-ignore
    return withShape(tensor, shape)
  },
  Shape: (folding) => {
    const sizes = folding.value === undefined ? given(folding, 0).shape : sizesOf(folding.value)
    const found = sizes.slice(numberAt(folding.config, 'start', 0), numberAt(folding.config, 'end', sizes.length))
    return numbersTensor(folding.name, [found.length], found, 'int64')
  },
  Squeeze: (folding) => {
    const tensor = given(folding, 0)
    const axes = axesOf(listOf(folding, 'axes', 1) ?? tensor.shape.flatMap((size, axis) => size === 1 ? [axis] : []), tensor.shape.length, folding.config) // prettier-ignore
    return withShape(tensor, tensor.shape.filter((_, axis) => !axes.includes(axis))) // prettier-ignore
  },
  Transpose: (folding) => {
    const tensor = given(folding, 0)
    const rank = tensor.shape.length
    const order = listOf(folding, 'perm', 9) ?? tensor.shape.map((_, axis) => rank - 1 - axis)
    if (order.length !== rank) return refuse(folding.config, 'perm', `an order of ${rank} axes`)
    return withAxes(tensor, axesOf(order, rank, folding.config))
  },
  Unsqueeze: (folding) => {
    const tensor = given(folding, 0)
    const places = listOf(folding, 'axes', 1) ?? []
    const rest = [...tensor.shape]
    const at = axesOf(places, rest.length + places.length, folding.config)
    return withShape(tensor, Array.from({ length: rest.length + at.length }, (_, axis) => at.includes(axis) ? 1 : (rest.shift() ?? 1))) // prettier-ignore
  },
}
