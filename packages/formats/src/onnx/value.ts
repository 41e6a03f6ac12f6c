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
export const sizesOf = ({ axes }: Pick<Value, 'axes'>): readonly number[] => axes.map(sizeOf)

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
