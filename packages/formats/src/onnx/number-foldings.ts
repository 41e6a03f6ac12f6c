import { ImportError } from '@ptu/networks'

import { numberAt } from '../layers-model/fields.ts'
import { shownShape } from '../shown.ts'
import { contiguous, countOf, type StoredTensor } from '../stored-tensor.ts'
import { numbersTensor } from './computed.ts'
import { axesOf, checkBounds, given, mostNumbers, numbersAt, type Fold, type Folding } from './folding.ts'

type Sizes = readonly number[]

/** Tells whether the numbers of a constant are whole by their type. */
export const isWhole = ({ dtype }: StoredTensor): boolean => dtype.includes('int')

const checkCount = (folding: Folding, shape: Sizes): void => {
  if (countOf(shape) > mostNumbers)
    throw new ImportError(`${folding.config.place}: expected a constant of at most ${mostNumbers} numbers, got ${shownShape(shape)}`) // prettier-ignore
}

/** A constant whose number at each place is that of `from` at `placeAt`, where `placeAt` reads the place axis by axis. */
const picked = (folding: Folding, shape: Sizes, from: readonly number[], placeAt: (place: Sizes) => number): StoredTensor => {
  checkCount(folding, shape)
  const strides = contiguous(shape)
  const found = Array.from({ length: countOf(shape) }, (_, i) =>
    from[placeAt(shape.map((size, axis) => Math.floor(i / (strides[axis] ?? 1)) % size))] ?? NaN,
  )
  return numbersTensor(folding.name, shape, found, given(folding, 0).dtype)
} // prettier-ignore

/** The shape of several constants together: the last axes are aligned, and those of size 1 are repeated. */
const together = (folding: Folding, shapes: readonly Sizes[]): Sizes => {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  const aligned = shapes.map((shape) => [...Array.from({ length: rank - shape.length }, () => 1), ...shape])
  const found = Array.from({ length: rank }, (_, axis) => aligned.map((shape) => shape[axis] ?? 1).find((size) => size !== 1) ?? 1) // prettier-ignore
  if (aligned.some((shape) => shape.some((size, axis) => size !== 1 && size !== found[axis])))
    throw new ImportError(`${folding.config.place}: expected constants whose shapes fit together, got ${shapes.map(shownShape).join(' and ')}`) // prettier-ignore
  checkCount(folding, found)
  return found
}

/** The numbers of a constant that is repeated up to a shape. */
const repeated = (numbers: readonly number[], own: Sizes, shape: Sizes): ((i: number) => number) => {
  if (own.join() === shape.join()) return (i) => numbers[i] ?? NaN
  const [strides, ours] = [contiguous(own), contiguous(shape)]
  const skipped = shape.length - own.length
  const steps = own.map((size, axis) => (size === 1 ? 0 : (strides[axis] ?? 0)))
  return (i) => {
    let place = 0
    for (const [axis, size] of own.entries())
      place += (Math.floor(i / (ours[axis + skipped] ?? 1)) % size) * (steps[axis] ?? 0)
    return numbers[place] ?? NaN
  }
}

const byNumber =
  (f: (...numbers: readonly number[]) => number, inputs: number, type?: string): Fold =>
  (folding) => {
    const read = Array.from({ length: inputs }, (_, place) => given(folding, place))
    const shape = together(folding, read.map((tensor) => tensor.shape)) // prettier-ignore
    const at = read.map((tensor, place) => repeated(numbersAt(folding, place), tensor.shape, shape))
    const found = Array.from({ length: countOf(shape) }, (_, i) => f(...at.map((one) => one(i))))
    // The first of the inputs of Where chooses between the others.
    return numbersTensor(folding.name, shape, found, type ?? read.at(inputs === 3 ? 1 : 0)?.dtype)
  }

const two = (f: (a: number, b: number) => number, type?: string): Fold =>
  byNumber((a = NaN, b = NaN) => f(a, b), 2, type)
const truth = (f: (a: number, b: number) => boolean): Fold => two((a, b) => (f(a, b) ? 1 : 0), 'bool')

const quotient: Fold = (folding) => {
  const isExact = isWhole(given(folding, 0)) && isWhole(given(folding, 1))
  return two((a, b) => (isExact ? Math.trunc(a / b) : a / b))(folding)
}

/** Constants one after another along an axis. */
const pieces: Fold = (folding) => {
  const parts = Array.from({ length: folding.count }, (_, place) => given(folding, place))
  const first = given(folding, 0).shape
  const [axis = 0] = axesOf([numberAt(folding.config, 'axis', 0)], first.length, folding.config)
  const others = (shape: Sizes): string => shape.map((size, at) => (at === axis ? '' : size)).join()
  if (parts.some(({ shape }) => shape.length !== first.length || others(shape) !== others(first)))
    throw new ImportError(`${folding.config.place}: expected constants of one shape but for axis ${axis}`)
  const shape = first.with(axis, parts.reduce((sum, part) => sum + (part.shape[axis] ?? 1), 0)) // prettier-ignore
  checkCount(folding, shape)
  const blocks = parts.map((_, place) => numbersAt(folding, place))
  const found: number[] = []
  for (let row = 0; row < countOf(shape.slice(0, axis)); row++)
    for (const [place, numbers] of blocks.entries()) {
      const size = countOf((parts[place]?.shape ?? []).slice(axis))
      for (let i = 0; i < size; i++) found.push(numbers[row * size + i] ?? NaN)
    }
  return numbersTensor(folding.name, shape, found, given(folding, 0).dtype)
}

/** Places of an axis, `[...before, ...places, ...behind]`. */
const gathered: Fold = (folding) => {
  const [table, places] = [given(folding, 0), given(folding, 1)]
  const [axis = 0] = axesOf([numberAt(folding.config, 'axis', 0)], table.shape.length, folding.config)
  const size = table.shape[axis] ?? 1
  const wanted = numbersAt(folding, 1).map((place) => (place < 0 ? place + size : place))
  if (!wanted.every((place) => Number.isInteger(place) && place >= 0 && place < size))
    throw new ImportError(`${folding.config.place}: expected places of a list of ${size}, got ${shownShape(numbersAt(folding, 1).slice(0, 8))}`) // prettier-ignore
  const shape = [...table.shape.slice(0, axis), ...places.shape, ...table.shape.slice(axis + 1)]
  checkCount(folding, shape)
  const inner = countOf(table.shape.slice(axis + 1))
  const numbers = table.values()
  const found = Array.from({ length: countOf(shape) }, (_, i) => {
    const [row, place] = [Math.floor(i / inner / wanted.length), wanted[Math.floor(i / inner) % wanted.length] ?? 0]
    return numbers[(row * size + place) * inner + (i % inner)] ?? NaN
  })
  return numbersTensor(folding.name, shape, found, table.dtype)
}

/** A range of places of each of some axes. */
const cut: Fold = (folding) => {
  const { shape } = given(folding, 0)
  const [starts, ends] = [numbersAt(folding, 1), numbersAt(folding, 2)]
  const axes = axesOf(folding.input(3) === undefined ? starts.map((_, i) => i) : numbersAt(folding, 3), shape.length, folding.config) // prettier-ignore
  checkBounds([starts, ends], axes, folding.config)
  const steps = folding.input(4) === undefined ? [] : numbersAt(folding, 4)
  if (steps.some((step) => step !== 1) || ![...starts, ...ends].every(Number.isInteger))
    throw new ImportError(`${folding.config.place}: expected a slice of a constant by whole numbers with step 1`)
  const bounds = shape.map((size, axis) => {
    const at = axes.indexOf(axis)
    const within = (place = 0): number => Math.min(Math.max(place < 0 ? place + size : place, 0), size)
    return at < 0 ? ([0, size] as const) : ([within(starts[at]), within(ends[at])] as const)
  })
  const sizes = bounds.map(([from, to]) => Math.max(to - from, 0))
  const strides = contiguous(shape)
  return picked(folding, sizes, numbersAt(folding, 0), (place) =>
    place.reduce((sum, at, axis) => sum + (at + (bounds[axis]?.[0] ?? 0)) * (strides[axis] ?? 1), 0),
  )
}

/** Whole numbers from one up to another; the batch counts as one. */
const counted: Fold = (folding) => {
  const [start = 0, end = 0, step = 1] = [0, 1, 2].map((place) => numbersAt(folding, place)[0] ?? 0)
  const count = Math.max(Math.ceil(((Number.isNaN(end) ? 1 : end) - start) / step), 0)
  if (!Number.isFinite(count)) throw new ImportError(`${folding.config.place}: expected a range that ends, got steps of ${step}`) // prettier-ignore
  checkCount(folding, [count])
  return numbersTensor(folding.name, [count], Array.from({ length: count }, (_, i) => start + i * step), given(folding, 0).dtype) // prettier-ignore
}

/** A constant that is repeated up to a shape; the batch, which a shape may hold, counts as one. */
const expanded: Fold = (folding) => {
  const wanted = numbersAt(folding, 1).map((size) => (Number.isNaN(size) ? 1 : size))
  if (wanted.length > 16 || !wanted.every((size) => Number.isSafeInteger(size) && size > 0))
    throw new ImportError(`${folding.config.place}: expected a shape that is known, got ${shownShape(wanted.slice(0, 16))}`) // prettier-ignore
  const own = given(folding, 0)
  const shape = together(folding, [own.shape, wanted])
  const at = repeated(numbersAt(folding, 0), own.shape, shape)
  return numbersTensor(folding.name, shape, Array.from({ length: countOf(shape) }, (_, i) => at(i)), own.dtype) // prettier-ignore
}

/** The ways in which numbers are computed from numbers. */
export const numberFoldings: Readonly<Record<string, Fold>> = {
  Add: two((a, b) => a + b),
  And: truth((a, b) => a !== 0 && b !== 0),
  Concat: pieces,
  Div: quotient,
  Equal: truth((a, b) => a === b),
  Expand: expanded,
  Gather: gathered,
  Greater: truth((a, b) => a > b),
  GreaterOrEqual: truth((a, b) => a >= b),
  Less: truth((a, b) => a < b),
  LessOrEqual: truth((a, b) => a <= b),
  Max: two(Math.max),
  Min: two(Math.min),
  Mod: two((a, b) => a - Math.floor(a / b) * b),
  Mul: two((a, b) => a * b),
  Neg: byNumber((a = NaN) => -a, 1),
  Not: byNumber((a = NaN) => (a === 0 ? 1 : 0), 1, 'bool'),
  Or: truth((a, b) => a !== 0 || b !== 0),
  Pow: two((a, b) => a ** b),
  Range: counted,
  Slice: cut,
  Sqrt: byNumber((a = NaN) => Math.sqrt(a), 1),
  Sub: two((a, b) => a - b),
  Where: byNumber((chosen = NaN, a = NaN, b = NaN) => (chosen === 0 ? b : a), 3),
}
