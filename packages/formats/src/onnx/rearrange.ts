import { countOf } from '../stored-tensor.ts'
import { batch, sizesOf, type Factor, type Value } from './value.ts'

/** A value whose axes are reordered, as `perm` of a Transpose says. */
export const transposed = (value: Value, order: readonly number[]): Value => ({
  ...value,
  axes: order.map((axis) => value.axes[axis] ?? []),
})

/** A value without some axes of size 1. */
export const squeezed = (value: Value, axes: readonly number[]): Value => ({
  ...value,
  axes: value.axes.filter((_, axis) => !axes.includes(axis)),
})

/** A value with axes of size 1 at places of the result. */
export const unsqueezed = (value: Value, places: readonly number[]): Value => {
  const rest = [...value.axes]
  const rank = value.axes.length + places.length
  const axes = Array.from({ length: rank }, (_, axis) => (places.includes(axis) ? [] : (rest.shift() ?? [])))
  return { ...value, axes }
}

/** The rules of a Reshape beside its target. */
export interface ReshapeRules {
  /** True if 0 is a size; else it stands for the size of the same axis of the input. */
  readonly allowZero: boolean
  /** The number of examples that the model was written for, where it is fixed. */
  readonly batchSize: number | undefined
}

/** The sizes that a Reshape asks for; of the axis that holds the examples, the number of other places in it. */
interface Target {
  readonly sizes: readonly number[]
  /** The axis that holds the examples. */
  readonly place: number
}

/**
 * A value with the sizes of a Reshape; undefined if the sizes do not fit, or a factor would have to be split where it cannot.
 *
 * The examples are in the axis whose size is computed from theirs (NaN), is left open with -1, or is the fixed number or a multiple
 * of it. An axis may hold other places beside them, as where heads and examples are joined for products of matrices.
 */
export const reshapedTo = (value: Value, target: readonly number[], rules: ReshapeRules): Value | undefined => {
  for (const one of targetsOf(value, target, rules)) {
    const found = reshaped(value, one)
    if (found !== undefined) return found
  }
  return undefined
}

const targetsOf = (
  value: Value,
  target: readonly number[],
  { allowZero, batchSize }: ReshapeRules,
): readonly Target[] => {
  const sizes = sizesOf(value)
  const known = countOf(value.order.map(({ size }) => size))
  const copied = target.map((size, axis) => (size === 0 && !allowZero ? (sizes[axis] ?? 0) : size))
  const marked = copied.findIndex(Number.isNaN)
  const all = copied.map((_, place) => place)
  const holds = (place: number): boolean => copied[place] === -1 || copied[place] === batchSize
  const isMultiple = (place: number): boolean => batchSize !== undefined && (copied[place] ?? 0) % batchSize === 0
  const places =
    marked >= 0 ? [marked] : [...all.filter(holds), ...all.filter((place) => !holds(place) && isMultiple(place))]
  return places.flatMap((place) => targetAt(copied, place, known, batchSize) ?? [])
}

/** Tells whether sizes are whole and make up a number of places. */
const makeUp = (sizes: readonly number[], known: number): boolean =>
  sizes.every((size) => Number.isSafeInteger(size) && size > 0) && countOf(sizes) === known

/** The sizes asked for if the axis at `place` holds the examples; undefined unless they make up the `known` numbers of one. */
const targetAt = (
  asked: readonly number[],
  place: number,
  known: number,
  batchSize: number | undefined,
): Target | undefined => {
  const rest = asked.with(place, 1)
  const open = rest.indexOf(-1)
  const size = asked[place] ?? 0
  const written = batchSize !== undefined && size > 0 ? size / batchSize : undefined
  const beside = open < 0 ? known / countOf(rest) : (written ?? 1)
  const held = rest.with(place, beside)
  const sizes = open < 0 ? held : held.with(open, known / countOf(held.with(open, 1)))
  return makeUp(sizes, known) && (written ?? beside) === beside ? { sizes, place } : undefined
}

const reshaped = (value: Value, { sizes, place }: Target): Value | undefined => {
  const splits = new Map<Factor, readonly Factor[]>()
  const waiting = value.axes.flat()
  const axes: (readonly Factor[])[] = []
  for (const [axis, size] of sizes.entries()) {
    const own = take(waiting, size, splits, axis === place)
    if (own === undefined) return undefined
    axes.push(own)
  }
  const whole = (factor: Factor): readonly Factor[] => (splits.get(factor) ?? [factor]).flatMap((one) => one === factor ? [one] : whole(one)) // prettier-ignore
  return { ...value, axes, order: value.order.flatMap(whole) }
}

/** Splits a factor in two, the first of them of a size. */
const halved = (factor: Factor, size: number): readonly [Factor, Factor] | undefined =>
  factor.size % size === 0 ? [{ size }, { size: factor.size / size }] : undefined

/** Takes factors of a product from the front, and the batch among them if it is wanted; the last may be split in two. */
const take = (
  waiting: Factor[],
  size: number,
  splits: Map<Factor, readonly Factor[]>,
  withBatch: boolean,
): readonly Factor[] | undefined => {
  const taken: Factor[] = []
  let left = size
  const fits = (factor: Factor): boolean => (factor === batch ? withBatch : left > 1)
  while (left > 1 || (withBatch && !taken.includes(batch))) {
    const next = waiting.shift()
    if (next === undefined || !fits(next)) return undefined
    if (next === batch || left % next.size === 0) {
      taken.push(next)
      left /= next === batch ? 1 : next.size
      continue
    }
    const halves = halved(next, left)
    if (halves === undefined) return undefined
    const [first, rest] = halves
    splits.set(next, halves)
    taken.push(first)
    waiting.unshift(rest)
    left = 1
  }
  return taken
}
