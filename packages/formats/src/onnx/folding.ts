import { ImportError } from '@ptu/networks'

import { itemsOf, refuse, valueAt, type Fields } from '../layers-model/fields.ts'
import { shownShape } from '../shown.ts'
import { countOf, type StoredTensor } from '../stored-tensor.ts'
import type { Value } from './value.ts'

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

/** Works out a constant from others. Throws `ImportError`. */
export type Fold = (folding: Folding) => StoredTensor

/** Numbers that are worked out one by one beyond this are refused: they are for shapes, positions and masks. */
export const mostNumbers = 1_048_576

/** A constant that a node must read. */
export const given = ({ input, config }: Folding, place: number): StoredTensor => {
  const found = input(place)
  if (found === undefined) throw new ImportError(`${config.place}: expected its input ${place + 1}, it has none`)
  return found
}

/** The numbers of a small constant. */
export const numbersAt = (folding: Folding, place: number): readonly number[] => {
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

/** Throws unless the starts and the ends of a Slice are as many as its axes. */
export const checkBounds = (
  [starts, ends]: readonly [readonly number[], readonly number[]],
  axes: readonly number[],
  config: Fields,
): void => {
  if (starts.length === axes.length && ends.length === axes.length) return
  const got = [starts, ends, axes].map((list) => shownShape(list.slice(0, 16)))
  throw new ImportError(`${config.place}: expected a start and an end for each axis, got ${got[0]} to ${got[1]} for axes ${got[2]}`) // prettier-ignore
}

/** The types of numbers with fractions, as ONNX numbers them: 32, 16, 64 bits and bfloat16. */
export const floatTypes: readonly number[] = [1, 10, 11, 16]
