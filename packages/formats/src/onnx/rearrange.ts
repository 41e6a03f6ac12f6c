import { countOf } from '../stored-tensor.ts'
import { batch, batchAxis, sizesOf, type Factor, type Value } from './value.ts'

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

/**
 * The sizes that a target of a Reshape stands for, NaN for the batch; undefined if the batch would be joined or split, or if
 * the sizes do not fit.
 *
 * The batch is where the target copies it, computes it (NaN), leaves it open with -1, or has the fixed number.
 */
export const targetSizes = (
  value: Value,
  target: readonly number[],
  { allowZero, batchSize }: ReshapeRules,
): readonly number[] | undefined => {
  const sizes = sizesOf(value)
  const at = batchAxis(value)
  const known = countOf(sizes.filter((_, axis) => axis !== at))
  const copied = target.map((size, axis) => (size === 0 && !allowZero ? (sizes[axis] ?? 0) : size))
  const marked = copied.findIndex(Number.isNaN)
  const places = marked >= 0 ? [marked] : copied.flatMap((size, i) => (size === -1 || size === batchSize ? [i] : []))
  for (const place of places) {
    const rest = copied.map((size, axis) => (axis === place ? 1 : size))
    const open = rest.indexOf(-1)
    const left = open < 0 ? 1 : known / countOf(rest.map((size, axis) => (axis === open ? 1 : size)))
    const found = rest.map((size, axis) => (axis === place ? NaN : axis === open ? left : size))
    const isWhole = found.every((size, axis) => axis === place || (Number.isSafeInteger(size) && size > 0))
    const before = countOf(found.slice(0, place))
    const fits = countOf(found.filter((_, axis) => axis !== place)) === known
    if (isWhole && fits && before === countOf(sizes.slice(0, at))) return found
  }
  return undefined
}

/** A value with other sizes of as many numbers; undefined if a factor would have to be split where it cannot. */
export const reshaped = (value: Value, sizes: readonly number[]): Value | undefined => {
  const splits = new Map<Factor, readonly Factor[]>()
  const waiting = value.axes.flat()
  const axes: (readonly Factor[])[] = []
  for (const size of sizes) {
    const own = Number.isNaN(size) ? takeBatch(waiting) : take(waiting, size, splits)
    if (own === undefined) return undefined
    axes.push(own)
  }
  const whole = (factor: Factor): readonly Factor[] => (splits.get(factor) ?? [factor]).flatMap((one) => one === factor ? [one] : whole(one)) // prettier-ignore
  return { ...value, axes, order: value.order.flatMap(whole) }
}

const takeBatch = (waiting: Factor[]): readonly Factor[] | undefined =>
  waiting.shift() === batch ? [batch] : undefined

/** Takes factors of a product from the front; the last may be split in two. */
const take = (
  waiting: Factor[],
  size: number,
  splits: Map<Factor, readonly Factor[]>,
): readonly Factor[] | undefined => {
  const taken: Factor[] = []
  let left = size
  while (left > 1) {
    const next = waiting.shift()
    if (next === undefined || next === batch) return undefined
    if (left % next.size === 0) {
      taken.push(next)
      left /= next.size
      continue
    }
    if (next.size % left !== 0) return undefined
    const [first, rest] = [{ size: left }, { size: next.size / left }]
    splits.set(next, [first, rest])
    taken.push(first)
    waiting.unshift(rest)
    left = 1
  }
  return taken
}
