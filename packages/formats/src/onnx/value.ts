import type { Shape } from '@ptu/tensor'

import { countOf } from '../stored-tensor.ts'

/** A factor of the size of an axis. Two are the same only if they are the same object. */
export interface Factor {
  readonly size: number
}

/** The axis of examples; its size is never known. */
export const batch: Factor = { size: NaN }

/**
 * A value of a graph: its axes as ONNX has them, and the order in which the numbers lie in our tensors.
 *
 * ONNX has channels first and we have them last, and a graph that flattens a map reads the numbers in its own order. Nothing
 * is moved for that: each axis is a product of factors, a reshape splits and joins factors, a transpose reorders axes, and
 * the factors say where each number lies. Axes of size 1 have no factor.
 */
export interface Value {
  /** The factors of each axis, the slowest first. */
  readonly axes: readonly (readonly Factor[])[]
  /** All factors but the batch in the order in memory, the slowest first. */
  readonly order: readonly Factor[]
  /** The shape of our tensor, without the batch: it groups neighbours in `order`. */
  readonly shape: Shape
  /** Tells the input itself, which may have been scaled by fixed numbers, from what is computed; tokens are whole. */
  readonly kind: 'input' | 'tokens' | 'computed'
}

/** The size of an axis with these factors. */
export const sizeOf = (factors: readonly Factor[]): number => countOf(factors.map(({ size }) => size))

/** The sizes of the axes of a value as ONNX has them; NaN for the batch. */
export const sizesOf = ({ axes }: Value): readonly number[] => axes.map(sizeOf)

/** The place of the batch among the axes. */
export const batchAxis = ({ axes }: Value): number => axes.findIndex((factors) => factors.includes(batch))

/** A value of sizes (NaN for the batch) whose axes lie in memory in an order, each as one axis of our tensor. */
export const freshValue = (
  sizes: readonly number[],
  order: readonly number[],
  kind: Value['kind'] = 'computed',
): Value => {
  const axes = sizes.map((size) => (Number.isNaN(size) ? [batch] : size === 1 ? [] : [{ size }]))
  return {
    axes,
    order: order.flatMap((axis) => axes[axis] ?? []),
    shape: order.map((axis) => sizes[axis] ?? 1),
    kind,
  }
}

const areSame = (a: readonly Factor[], b: readonly Factor[]): boolean =>
  a.length === b.length && a.every((factor, i) => factor === b[i])

/** The value as a tensor whose axes are groups of factors; undefined if the numbers would have to be moved for that. */
export const grouped = (value: Value, groups: readonly (readonly Factor[])[]): Value | undefined =>
  areSame(groups.flat(), value.order) ? { ...value, shape: groups.map(sizeOf) } : undefined

/** The factors in memory as runs that belong to one axis of ONNX. */
export const runsOf = ({ axes, order }: Value): readonly (readonly Factor[])[] => {
  const axisOf = new Map(axes.flatMap((factors, axis) => factors.map((factor) => [factor, axis] as const)))
  const runs: Factor[][] = []
  let last: number | undefined
  for (const factor of order) {
    const axis = axisOf.get(factor)
    if (axis === last) runs.at(-1)?.push(factor)
    else runs.push([factor])
    last = axis
  }
  return runs
}

/** Tells whether the numbers along an axis are neighbours in memory, in any order among themselves. */
const isLast = ({ axes, order }: Value, axis: number): boolean => {
  const own = axes[axis] ?? []
  const tail = new Set(own.length === 0 ? [] : order.slice(-own.length))
  return own.every((factor) => tail.has(factor))
}

/** The value with an axis as the last one of our tensor; undefined if the numbers would have to be moved. */
export const withLast = (value: Value, axis: number): Value | undefined => {
  const own = value.axes[axis] ?? []
  if (!isLast(value, axis)) return undefined
  if (value.shape.length > 0 && (value.shape.at(-1) ?? 1) === sizeOf(own)) return value
  const before = { ...value, order: value.order.slice(0, value.order.length - own.length) }
  return { ...value, shape: [...runsOf(before).map(sizeOf), sizeOf(own)] }
}

/** The axes beside the batch that have more than one place, in the order in memory of the first factor of each. */
export const axesInMemory = ({ axes, order }: Value): readonly number[] => {
  const firstOf = (axis: number): number => Math.min(...(axes[axis] ?? []).map((factor) => order.indexOf(factor)))
  return axes
    .map((_, axis) => axis)
    .filter((axis) => (axes[axis] ?? []).some((factor) => factor !== batch))
    .toSorted((a, b) => firstOf(a) - firstOf(b))
}

/** Says where each number lies, so that two values of one sign have their numbers in the same places. */
export const signOf = ({ axes, order }: Value): string =>
  [
    axes.map((factors) => factors.map(({ size }) => size).join('·')).join(' '),
    order.map((factor) => axes.map((factors) => factors.indexOf(factor)).join(' ')).join(','),
  ].join(';')
