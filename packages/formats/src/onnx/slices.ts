import { firstStep, lastStep, slice } from '@ptu/layers'

import { numberAt, valueAt } from '../layers-model/fields.ts'
import { plain, type Part } from '../layers-model/part.ts'
import { countOf, type StoredTensor } from '../stored-tensor.ts'
import { refuseNode, shownSizes, type OnnxContext, type OnnxTranslator, type Translated } from './context.ts'
import { axesOf, checkBounds } from './folding.ts'
import { movedTo } from './moves.ts'
import { batch, runsOf, sizeOf, sizesOf, type Factor, type Value } from './value.ts'
import { lookedUp } from './products.ts'

/** Places of one axis: `size` of them from `from` on; the axis goes if it is not kept, and then has one place. */
interface Places {
  readonly axis: number
  readonly from: number
  readonly size: number
  readonly isKept: boolean
}

/** A value whose axis is one factor, for which numbers may have to be moved. */
const withOneFactor = (value: Value, axis: number): Translated => {
  const own = value.axes[axis] ?? []
  if (own.length === 1) return { parts: [], value }
  const first = Math.min(...own.map((factor) => value.order.indexOf(factor)))
  const beside = (from: number, to: number): readonly Factor[] => value.order.slice(from, to).filter((factor) => !own.includes(factor)) // prettier-ignore
  const [before, behind] = [beside(0, first), beside(first, value.order.length)]
  const whole: Factor = { size: sizeOf(own) }
  const shapeOf = (order: readonly Factor[]): readonly number[] => runsOf({ ...value, order }).map(sizeOf)
  const shape = [...shapeOf(before), sizeOf(own), ...shapeOf(behind)]
  const axes = value.axes.map((factors, at) => (at === axis ? [whole] : factors))
  return {
    parts: movedTo(value, { order: [...before, ...own, ...behind], shape }),
    value: { ...value, axes, order: [...before, whole, ...behind], shape },
  }
}

/** The shape of our tensor in which a factor begins an axis, and that axis. */
const beginning = ({ order, shape }: Value, factor: Factor): { readonly shape: readonly number[]; readonly at: number } => {
  const place = order.indexOf(factor)
  let [axis, before] = [0, 1]
  const wanted = countOf(order.slice(0, place).map(({ size }) => size))
  for (const size of shape) {
    if (before * size > wanted || (before === wanted && size > 1)) break
    before *= size
    axis += 1
  }
  const size = shape[axis] ?? 1
  const ahead = wanted / before
  if (ahead === 1) return { shape, at: axis }
  return { shape: [...shape.slice(0, axis), ahead, size / ahead, ...shape.slice(axis + 1)], at: axis + 1 }
} // prettier-ignore

/** Axes of which one has other factors, or is gone. */
const withAxis = (axes: Value['axes'], { axis, isKept }: Places, factors: readonly Factor[]): Value['axes'] =>
  axes.flatMap((one, at) => (at !== axis ? [one] : isKept ? [factors] : []))

/** The layer that takes places of a factor, which begins the axis `at` of our tensor, and what it gives. */
const cut = (value: Value, factor: Factor, at: number, places: Places): { readonly part: Part; readonly value: Value } => {
  const { from, size, isKept } = places
  const { shape } = value
  const inner = (shape[at] ?? 1) / factor.size
  const fresh: readonly Factor[] = size === 1 ? [] : [{ size }]
  const order = value.order.flatMap((one) => (one === factor ? fresh : [one]))
  const rest = { ...value, axes: withAxis(value.axes, places, fresh), order }
  const step = !isKept && at === 0 && inner === 1 && shape.length === 2 ? stepOf(from, factor.size) : undefined
  return step === undefined
    ? { part: plain(slice(at, from * inner, size * inner)), value: { ...rest, shape: shape.with(at, size * inner) } }
    : { part: step, value: { ...rest, shape: shape.slice(1) } }
} // prettier-ignore

/** The layers that take places of an axis, and what they give. */
const taken = (context: OnnxContext, { parts, value }: Translated, places: Places): Translated => {
  const own = value.axes[places.axis] ?? []
  if (places.size === sizeOf(own)) return { parts, value: { ...value, axes: withAxis(value.axes, places, own) } }
  if (own.includes(batch))
    return refuseNode(context, `expected to take places of an axis beside that of the examples, got axis ${places.axis} of ${shownSizes(value)}`) // prettier-ignore
  const one = withOneFactor(value, places.axis)
  const [factor = batch] = one.value.axes[places.axis] ?? []
  const { shape, at } = beginning(one.value, factor)
  const found = cut({ ...one.value, shape }, factor, at, places)
  return {
    parts: [...parts, ...one.parts, ...movedTo(one.value, { order: one.value.order, shape }), found.part],
    value: found.value,
  }
}

/** The first step of a sequence or its last. */
const stepOf = (place: number, count: number): Part | undefined => {
  if (place === 0) return plain(firstStep)
  return place === count - 1 ? plain(lastStep()) : undefined
}

/** The whole numbers of a constant list or of an attribute; the largest stand for the end. */
const wholeAt = (context: OnnxContext, name: string, place: number): readonly number[] | undefined => {
  if (place < context.count && context.isValue(place)) return refuseNode(context, `expected ${name} to be a constant`)
  const tensor = place < context.count ? context.input(place) : undefined
  const found = tensor === undefined ? valueAt(context.config, name) : [...tensor.values()]
  if (found === undefined) return undefined
  const list: readonly unknown[] = [found].flat()
  if (list.length > 64 || !list.every((one): one is number => Number.isInteger(one)))
    return refuseNode(
      context,
      `expected ${name} to be whole numbers that are known, got ${list.slice(0, 4).map(String).join(', ')}`,
    )
  return list
}

/** Parts of one axis, one for each output. */
const split: OnnxTranslator = (context) => {
  const { value, config, output, outputs } = context
  const [axis = 0] = axesOf([numberAt(config, 'axis', 0)], value.axes.length, config)
  const whole = sizesOf(value)[axis] ?? 1
  const equal = Math.ceil(whole / outputs)
  const sizes = wholeAt(context, 'split', 1) ?? Array.from({ length: outputs }, (_, i) => Math.min(equal, whole - i * equal)) // prettier-ignore
  const size = sizes[output] ?? 0
  if (sizes.length !== outputs || countOf(sizes.map((one) => (one > 0 ? 1 : 0))) === 0 || sizes.reduce((a, b) => a + b, 0) !== whole)
    return refuseNode(context, `expected ${outputs} sizes that make up axis ${axis} of ${shownSizes(value)}, got ${sizes.join(', ')}`) // prettier-ignore
  const from = sizes.slice(0, output).reduce((a, b) => a + b, 0)
  return taken(context, { parts: [], value }, { axis, from, size, isKept: true })
}

/** The places of an axis from a start to before an end, which count from the end if negative; undefined for all examples. */
const rangeOf = (
  context: OnnxContext,
  value: Value,
  axis: number,
  [start, end]: readonly [number | undefined, number | undefined],
): Places | undefined => {
  const whole = sizesOf(value)[axis] ?? 1
  const within = (place = 0): number => Math.min(Math.max(place < 0 ? place + whole : place, 0), whole)
  const [from, to] = [within(start), within(end)]
  const isAll = Number.isNaN(whole) && start === 0 && (end ?? 0) >= 2 ** 31 - 1
  if (!isAll && !(to > from))
    return refuseNode(context, `expected places of an axis beside that of the examples, got ${start} to ${end} of axis ${axis} of ${shownSizes(context.value)}`) // prettier-ignore
  return isAll ? undefined : { axis, from, size: to - from, isKept: true }
}

/** A range of places of each of some axes, one step apart. */
const ranges: OnnxTranslator = (context) => {
  const { value, config } = context
  const [starts = [], ends = []] = [wholeAt(context, 'starts', 1), wholeAt(context, 'ends', 2)]
  const axes = axesOf(wholeAt(context, 'axes', 3) ?? starts.map((_, i) => i), value.axes.length, config)
  checkBounds([starts, ends], axes, config)
  const steps = wholeAt(context, 'steps', 4) ?? []
  if (steps.some((step) => step !== 1))
    return refuseNode(context, `expected places one after another, steps of 1, got steps of ${steps.join(', ')}`)
  let result: Translated = { parts: [], value }
  for (const [i, axis] of axes.entries()) {
    const places = rangeOf(context, result.value, axis, [starts[i], ends[i]])
    if (places !== undefined) result = taken(context, result, places)
  }
  return result
}

/** The number of a constant that has one, alone or in a list; NaN for any other. */
const oneNumber = (tensor: StoredTensor | undefined): number => {
  if (tensor === undefined || tensor.shape.length > 1 || countOf(tensor.shape) !== 1) return NaN
  const [number = NaN] = tensor.values()
  return number
}

/** Rows of a constant table by tokens, or one place of an axis. */
const gathered: OnnxTranslator = (context) => {
  if (!context.isValue(0)) return lookedUp(context)
  const { value, config } = context
  const [axis = 0] = axesOf([numberAt(config, 'axis', 0)], value.axes.length, config)
  const whole = sizesOf(value)[axis] ?? 1
  const index = context.isValue(1) ? undefined : context.input(1)
  const place = oneNumber(index)
  const from = place < 0 ? place + whole : place
  if (!Number.isInteger(from) || from < 0 || from >= whole)
    return refuseNode(context, `expected to take one constant place of axis ${axis} of ${shownSizes(value)}`)
  return taken(context, { parts: [], value }, { axis, from, size: 1, isKept: index?.shape.length === 1 })
}

/** Translators of operators that take some of the numbers. */
export const slices: Readonly<Record<string, OnnxTranslator>> = { Gather: gathered, Slice: ranges, Split: split }
