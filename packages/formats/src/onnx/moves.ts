import { permute, reshape } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'

import { plain, type Part } from '../layers-model/part.ts'
import { batch, runsOf, sizeOf, type Factor, type Value } from './value.ts'

const isSame = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, i) => size === b[i])

/** The layers that bring our tensor from one shape to another with the same numbers: none or one. */
export const shapedTo = (from: Shape, to: Shape): readonly Part[] => (isSame(from, to) ? [] : [plain(reshape(to))])

/** The layers that bring the numbers of a value into the order of another with the same factors, and into its shape. */
export const movedTo = (from: Value, to: Pick<Value, 'order' | 'shape'>): readonly Part[] => {
  const runs = stretches(from.order, to.order)
  if (runs.length < 2) return shapedTo(from.shape, to.shape)
  const places = runs.map((_, i) => i).toSorted((a, b) => placeOf(to.order, runs[a]) - placeOf(to.order, runs[b]))
  const sizes = runs.map(sizeOf)
  const turned = places.map((place) => sizes[place] ?? 1)
  return [...shapedTo(from.shape, sizes), plain(permute(places)), ...shapedTo(turned, to.shape)]
}

const placeOf = (order: readonly Factor[], [first]: readonly Factor[] = []): number =>
  first ? order.indexOf(first) : 0

/** Factors in memory as the longest runs that another order leaves together. */
const stretches = (from: readonly Factor[], to: readonly Factor[]): readonly (readonly Factor[])[] => {
  const runs: Factor[][] = []
  let last = -2
  for (const factor of from) {
    const at = to.indexOf(factor)
    if (at === last + 1) runs.at(-1)?.push(factor)
    else runs.push([factor])
    last = at
  }
  return runs
}

/** A value with each of some groups of factors as one axis of our tensor, whatever the order; undefined if they are not its own. */
export const regrouped = (value: Value, groups: readonly (readonly Factor[])[]): Value | undefined => {
  const order = groups.flat()
  const isOwn = order.length === value.order.length && order.every((factor) => value.order.includes(factor))
  return isOwn && new Set(order).size === order.length ? { ...value, order, shape: groups.map(sizeOf) } : undefined
}

/** The value with an axis as the last one of our tensor; undefined if examples are in it. */
export const withLast = (value: Value, axis: number): Value | undefined => {
  const wanted = value.axes[axis] ?? []
  if (wanted.includes(batch)) return undefined
  const own = value.order.filter((factor) => wanted.includes(factor))
  const before = value.order.filter((factor) => !wanted.includes(factor))
  const order = [...before, ...own]
  const isInPlace = order.every((factor, i) => factor === value.order[i])
  if (isInPlace && value.shape.length > 0 && value.shape.at(-1) === sizeOf(own)) return value
  return { ...value, order, shape: [...runsOf({ ...value, order: before }).map(sizeOf), sizeOf(own)] }
}
