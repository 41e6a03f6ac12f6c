import { ImportError } from '@ptu/networks'

import { itemsOf, numberAt, refuse, valueAt, type Fields } from '../layers-model/fields.ts'
import { shownShape } from '../shown.ts'
import { countOf, type StoredTensor } from '../stored-tensor.ts'
import { computedTensor, numbersTensor, withAxes, withShape } from './computed.ts'
import { sizesOf, type Value } from './value.ts'

/** A node whose inputs are constants. */
export interface Folding {
  readonly name: string
  readonly config: Fields
  readonly opset: number
  /** The number of inputs that it names. */
  readonly count: number
  /** A constant that it reads; undefined where it is left out. */
  readonly input: (place: number) => StoredTensor | undefined
  /** The first input for examples, by its shape. */
  readonly value: Value | undefined
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

type Fold = (folding: Folding) => StoredTensor

/** Numbers that are worked out one by one beyond this are refused: they are for shapes. */
const mostNumbers = 2 ** 16

const given = ({ input, config }: Folding, place: number): StoredTensor => {
  const found = input(place)
  if (found === undefined) throw new ImportError(`${config.place}: expected its input ${place + 1}, it has none`)
  return found
}

/** The numbers of a small constant. */
const numbersAt = (folding: Folding, place: number): readonly number[] => {
  const tensor = given(folding, place)
  if (countOf(tensor.shape) > mostNumbers)
    throw new ImportError(`${folding.config.place}: expected a constant of at most ${mostNumbers} numbers, got ${shownShape(tensor.shape)}`) // prettier-ignore
  return [...tensor.values()]
}

/** Whole numbers, an attribute up to some opset and an input since; undefined where there are none. */
export const listOf = (
  folding: Pick<Folding, 'config' | 'input'>,
  attribute: string,
  place: number,
): readonly number[] | undefined => {
  const tensor = folding.input(place)
  const found = tensor === undefined ? valueAt(folding.config, attribute) : [...tensor.values()]
  if (found === undefined) return undefined
  const numbers = itemsOf(found)
  return numbers.every((one): one is number => Number.isSafeInteger(one)) && numbers.length <= 16
    ? numbers
    : refuse(folding.config, attribute, 'a list of whole numbers that is known')
}

/** Axes of a rank, counted from the end where they are negative. Throws `ImportError` for one that there is not. */
export const axesOf = (axes: readonly number[], rank: number, config: Fields): readonly number[] => {
  const found = axes.map((axis) => (axis < 0 ? axis + rank : axis))
  if (new Set(found).size < found.length || !found.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank))
    throw new ImportError(`${config.place}: expected axes from 0 to ${rank - 1}, got ${shownShape(axes)}`)
  return found
}

const arithmetic =
  (f: (a: number, b: number) => number): Fold =>
  (folding) => {
    const [a, b] = [numbersAt(folding, 0), numbersAt(folding, 1)]
    const [first, second] = [given(folding, 0).shape, given(folding, 1).shape]
    if (a.length !== b.length && a.length !== 1 && b.length !== 1)
      throw new ImportError(`${folding.config.place}: expected two constants of one shape, got ${shownShape(first)} and ${shownShape(second)}`) // prettier-ignore
    const [long, shape] = a.length >= b.length ? [a, first] : [b, second]
    return numbersTensor(folding.name, shape, long.map((_, i) => f(a[i] ?? a[0] ?? 0, b[i] ?? b[0] ?? 0)), given(folding, 0).dtype) // prettier-ignore
  }

const isWhole = ({ dtype }: StoredTensor): boolean => dtype.includes('int')

const same: Fold = (folding) => given(folding, 0)

const pieces: Fold = (folding) => {
  const found: number[] = []
  for (let place = 0; place < folding.count && found.length <= mostNumbers; place++)
    for (const number of numbersAt(folding, place)) found.push(number)
  if (found.length > mostNumbers)
    throw new ImportError(`${folding.config.place}: expected a list of at most ${mostNumbers} numbers`)
  return numbersTensor(folding.name, [found.length], found, given(folding, 0).dtype)
}

const picked: Fold = (folding) => {
  const [data, at] = [numbersAt(folding, 0), numbersAt(folding, 1)]
  const [list, index] = [given(folding, 0).shape, given(folding, 1).shape]
  if (list.length !== 1)
    throw new ImportError(`${folding.config.place}: expected to read a list, got ${shownShape(list)}`)
  const found = at.map((place) => (Number.isInteger(place) ? data.at(place) : undefined))
  if (!found.every((one) => one !== undefined)) throw new ImportError(`${folding.config.place}: expected places of a list of ${data.length}, got ${shownShape(at)}`) // prettier-ignore
  return numbersTensor(folding.name, index, found, given(folding, 0).dtype)
}

const cut: Fold = (folding) => {
  const data = numbersAt(folding, 0)
  const [[start = 0], [end = 0], [step = 1]] = [numbersAt(folding, 1), numbersAt(folding, 2), folding.input(4)?.values() ?? [1]] // prettier-ignore
  if (given(folding, 0).shape.length !== 1 || step !== 1 || !Number.isInteger(start) || !Number.isInteger(end))
    throw new ImportError(`${folding.config.place}: expected a slice of a list with step 1`)
  const found = data.slice(start, end)
  return numbersTensor(folding.name, [found.length], found, given(folding, 0).dtype)
}

/** A constant of one number; the batch, which a shape may hold, counts as one example. */
const filled = (folding: Folding, sizes: readonly number[], value: number): StoredTensor => {
  const shape = sizes.map((size) => (Number.isNaN(size) ? 1 : size))
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || countOf(shape) > 2 ** 24)
    throw new ImportError(`${folding.config.place}: expected a shape of at most ${2 ** 24} numbers, got ${shownShape(shape)}`) // prettier-ignore
  return computedTensor(folding.name, shape, () => new Float32Array(countOf(shape)).fill(value))
}

/** The types of numbers with fractions, as ONNX numbers them: 32, 16, 64 bits and bfloat16. */
export const floatTypes: readonly number[] = [1, 10, 11, 16]

/** The ways in which constants are computed from constants, by operator. */
export const foldings: Readonly<Record<string, Fold>> = {
  Add: arithmetic((a, b) => a + b),
  Cast: (folding) => {
    const tensor = given(folding, 0)
    if (floatTypes.includes(numberAt(folding.config, 'to'))) return { ...tensor, dtype: 'float32' }
    return isWhole(tensor) ? tensor : numbersTensor(folding.name, tensor.shape, numbersAt(folding, 0).map(Math.trunc), 'int64') // prettier-ignore
  },
  Concat: pieces,
  ConstantOfShape: (folding) => filled(folding, numbersAt(folding, 0), folding.tensors.get('value')?.values()[0] ?? 0),
  Div: (folding) => {
    const isExact = isWhole(given(folding, 0)) && isWhole(given(folding, 1))
    return arithmetic((a, b) => (isExact ? Math.trunc(a / b) : a / b))(folding)
  },
  Expand: (folding) => {
    const numbers = numbersAt(folding, 0)
    if (!numbers.every((one) => one === numbers[0]))
      throw new ImportError(`${folding.config.place}: expected to repeat one number`)
    return filled(folding, numbersAt(folding, 1), numbers[0] ?? 0)
  },
  Gather: picked,
  Identity: same,
  Mul: arithmetic((a, b) => a * b),
  Reshape: (folding) => {
    const tensor = given(folding, 0)
    const wanted = numbersAt(folding, 1).map((size, axis) => (size === 0 ? (tensor.shape[axis] ?? 0) : size))
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
  Slice: cut,
  Squeeze: (folding) => {
    const tensor = given(folding, 0)
    const axes = axesOf(listOf(folding, 'axes', 1) ?? tensor.shape.flatMap((size, axis) => size === 1 ? [axis] : []), tensor.shape.length, folding.config) // prettier-ignore
    return withShape(tensor, tensor.shape.filter((_, axis) => !axes.includes(axis))) // prettier-ignore
  },
  Sub: arithmetic((a, b) => a - b),
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
