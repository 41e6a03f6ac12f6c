import { concatenate, fixedAffine, frozenBatchNorm, product, residual, serial, type Layer } from '@ptu/layers'
import { tensor1d, type Tensor } from '@tensorflow/tfjs-core'

import { numberAt } from '../layers-model/fields.ts'
import { inSeries } from '../layers-model/blocks.ts'
import { plain, type Part } from '../layers-model/part.ts'
import { countOf } from '../stored-tensor.ts'
import {
  asGroups,
  refuseNode,
  shownSizes,
  weightAt,
  type Joined,
  type OnnxContext,
  type OnnxJoiner,
  type OnnxTranslator,
} from './context.ts'
import { axesOf } from './folding.ts'
import { atPlaces, isForPlaces, withTokens } from './learnt-rows.ts'
import { movedTo } from './moves.ts'
import { alongLast } from './operands.ts'
import { axesInMemory, batchAxis, runsOf, signOf, sizeOf, sizesOf, type Factor, type Value } from './value.ts'

/** A map by one number and a constant: `scale · x + shift`. */
interface Affine {
  readonly scale: number
  readonly shift: number
}

/** `f(x, c)` where the constant is on the right, `f(c, x)` where it is on the left; undefined if it is no such map. */
type AffineOf = (constant: number, isLeft: boolean) => Affine | undefined

const affines: Readonly<Record<string, AffineOf>> = {
  Add: (constant) => ({ scale: 1, shift: constant }),
  Div: (constant, isLeft) => (isLeft ? undefined : { scale: 1 / constant, shift: 0 }),
  Mul: (constant) => ({ scale: constant, shift: 0 }),
  Sub: (constant, isLeft) => (isLeft ? { scale: -1, shift: constant } : { scale: 1, shift: -constant }),
}

const withConstant =
  (affineOf: AffineOf): OnnxTranslator =>
  (context) => {
    const isLeft = context.isValue(1)
    const constant = weightAt(context, isLeft ? 0 : 1, 'its other input')
    if (affineOf(1, isLeft) === undefined)
      return refuseNode(context, 'a constant that is divided by a value cannot be opened')
    const affine = (number: number): Affine => affineOf(number, isLeft) ?? { scale: NaN, shift: NaN }
    if (countOf(constant.shape) === 1 && constant.shape.length <= context.value.axes.length) {
      const one = affine(constant.values()[0] ?? NaN)
      return { parts: [plain(fixedAffine({ scale: [one.scale], shift: [one.shift] }))], value: context.value }
    }
    const { scale, shift } = affine(1)
    if (isForPlaces(constant, context.value) && scale === 1 && shift === 1) return atPlaces(context, constant)
    const { parts, value, numbers } = alongLast(context, constant)
    const made = (): Affine[] => Array.from(numbers(), affine)
    // What brings the input itself to the network's range is no part of what was learnt.
    if (value.kind !== 'computed') return { parts: [...parts, plain(fixedAffine(scaleAndShift(made())))], value }
    const params = (): { scale: Tensor; shift: Tensor } => {
      const { scale, shift } = scaleAndShift(made())
      return { scale: tensor1d(scale), shift: tensor1d(shift) }
    }
    return { parts: [...parts, { layer: frozenBatchNorm, params }], value }
  }

const scaleAndShift = (maps: readonly Affine[]): { readonly scale: number[]; readonly shift: number[] } => ({
  scale: maps.map(({ scale }) => scale),
  shift: maps.map(({ shift }) => shift),
})

/** A path that ends at a value, up to the same value in another order or shape. */
export const after = (path: Part, from: Value, to: Value): Part => {
  const added = movedTo(from, to)
  return added.length === 0 ? path : inSeries([path, ...added])
}

const both =
  (combine: (a: Layer, b: Layer) => Layer) =>
  (a: Part, b: Part): Part => ({ layer: combine(a.layer, b.layer), params: () => [a.params(), b.params()] })

/** Values of one shape with their numbers in the same places. */
const alike = (context: OnnxContext): readonly Value[] => {
  const [first = context.value, ...others] = context.values
  const problem = `expected two values of one shape with their numbers in the same places, got ${context.values.map(shownSizes).join(' and ')}`
  if (others.some((one) => sizesOf(one).join() !== sizesOf(first).join())) return refuseNode(context, problem)
  if (others.every((one) => signOf(one) === signOf(first)))
    return others.every((one) => one.shape.join() === first.shape.join())
      ? context.values
      : context.values.map((one) => asGroups(context, runsOf(one), one).value)
  return broadcast(context, first)
}

/** Values whose axes of more than one place are those of the leading one, in its order; others have size 1 or are as long. */
const broadcast = (context: OnnxContext, lead: Value): readonly Value[] => {
  const axes = axesInMemory(lead)
  const rank = lead.axes.length
  return context.values.map((one) => {
    const moved = {
      ...one,
      axes: [...Array.from({ length: rank - one.axes.length }, (): readonly Factor[] => []), ...one.axes],
    }
    const fits = batchAxis(moved) === batchAxis(lead) && sizesOf(moved).every((size, axis) => size === 1 || size === sizesOf(lead)[axis] || Number.isNaN(size)) // prettier-ignore
    if (!fits)
      return refuseNode(
        context,
        `expected values that fit together, got ${context.values.map(shownSizes).join(' and ')}`,
      )
    return asGroups(
      context,
      axes.map((axis) => moved.axes[axis] ?? []),
      moved,
    ).value
  })
}

const joined = (context: OnnxContext, values: readonly Value[], combine: (a: Part, b: Part) => Part): Joined => {
  const [value = context.value] = values.toSorted((a, b) => countOf(b.shape) - countOf(a.shape))
  return {
    value: { ...value, kind: 'computed' },
    join: (paths) =>
      paths.map((path, i) => after(path, context.values[i] ?? value, values[i] ?? value)).reduce(combine),
  }
}

const sum: OnnxJoiner = (context) => joined(context, alike(context), both(residual))

const difference: OnnxJoiner = (context) =>
  joined(context, alike(context), (a, b) => both(residual)(a, both(serial)(b, plain(fixedAffine({ scale: [-1] })))))

const productOf: OnnxJoiner = (context) => {
  const [lead = context.value] = context.values.toSorted((a, b) => countOf(b.shape) - countOf(a.shape))
  const isAlike = context.values.every((one) => sizesOf(one).join() === sizesOf(lead).join())
  return joined(context, isAlike ? alike(context) : broadcast(context, lead), both(product))
}

/** Joins along the channels, which are last in memory. */
const joinedChannels: OnnxJoiner = (context) => {
  const { config, values, count } = context
  if (values.length < count) return refuseNode(context, 'expected to join values, one of its inputs is a constant')
  const [first = context.value] = values
  const rank = first.axes.length
  const [axis = 0] = axesOf([numberAt(config, 'axis')], rank, config)
  const others = (one: Value): string => sizesOf(one).map((size, at) => (at === axis ? '' : size)).join() // prettier-ignore
  if (axis === batchAxis(first) || values.some((one) => one.axes.length !== rank || others(one) !== others(first)))
    return refuseNode(
      context,
      `expected values of one shape but for axis ${axis}, got ${values.map(shownSizes).join(' and ')}`,
    )
  const axes = [...axesInMemory(first).filter((one) => one !== axis), axis]
  const placed = values.map((one) => asGroups(context, axes.map((at) => one.axes[at] ?? []), one).value) // prettier-ignore
  const total = values.reduce((size, one) => size + sizeOf(one.axes[axis] ?? []), 0)
  const [shared = first] = placed
  const own: readonly Factor[] = [{ size: total }]
  return {
    value: {
      axes: shared.axes.map((factors, at) => (at === axis ? own : factors)),
      order: [...shared.order.filter((factor) => !(shared.axes[axis] ?? []).includes(factor)), ...own],
      shape: [...shared.shape.slice(0, -1), total],
      kind: 'computed',
    },
    join: (paths) => {
      const parts = paths.map((path, i) => after(path, values[i] ?? first, placed[i] ?? first))
      return {
        layer: concatenate(...parts.map(({ layer }) => layer)),
        params: () => parts.map((part) => part.params()),
      }
    },
  }
}

/** Translators of operators with a constant. */
export const constantOperators: Readonly<Record<string, OnnxTranslator>> = {
  ...Object.fromEntries(Object.entries(affines).map(([op, affineOf]) => [op, withConstant(affineOf)])),
  Concat: withTokens,
  Sum: ({ count, ...context }) =>
    count === 1 ? { parts: [], value: context.value } : refuseNode(context, 'expected to add values, one of its inputs is a constant'), // prettier-ignore
  Neg: ({ value }) => ({ parts: [plain(fixedAffine({ scale: [-1] }))], value }),
}

/** The operators that read several values. */
export const joiners: Readonly<Record<string, OnnxJoiner>> = {
  Add: sum,
  Concat: joinedChannels,
  Mul: productOf,
  Sub: difference,
  Sum: sum,
}
