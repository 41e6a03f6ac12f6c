import { zeroPad2d } from '@ptu/layers'
import { ImportError } from '@ptu/networks'

import { numberAt, textAt } from '../layers-model/fields.ts'
import { plain } from '../layers-model/part.ts'
import { shownShape } from '../shown.ts'
import { countOf } from '../stored-tensor.ts'
import { asMap, mapValue, refuseNode, shownSizes, type OnnxContext, type OnnxTranslator } from './context.ts'
import { axesOf, floatTypes, listOf } from './folding.ts'
import { reshapedTo, squeezed, transposed, unsqueezed } from './rearrange.ts'
import { batchAxis, sizesOf, type Value } from './value.ts'

const moved = (value: Value): ReturnType<OnnxTranslator> => ({ parts: [], value })

/** A constant list that an operator reads. */
const listAt = (context: OnnxContext, attribute: string, place: number): readonly number[] | undefined => {
  if (place < context.count && context.isValue(place))
    return refuseNode(context, `expected ${attribute} to be a constant`)
  return listOf(
    { config: context.config, input: (at) => (at < context.count ? context.input(at) : undefined) },
    attribute,
    place,
  )
}

const intoSizes = (context: OnnxContext, target: readonly number[], allowZero: boolean): Value => {
  const { value, batchSize } = context
  const found = reshapedTo(value, target, { allowZero, batchSize })
  if (found !== undefined) return found
  return refuseNode(
    context,
    `expected a shape of as many numbers that leaves the examples apart, got ${shownShape(target)} for ${shownSizes(value)}`,
  )
}

const inShape: OnnxTranslator = (context) => {
  const target = context.isValue(1) ? undefined : context.input(1)
  if (target?.shape.length !== 1 || countOf(target.shape) > 16)
    return refuseNode(context, 'expected a shape that is known: a list of at most 16 sizes')
  return moved(intoSizes(context, [...target.values()], numberAt(context.config, 'allowzero', 0) === 1))
}

const flat: OnnxTranslator = (context) => {
  const { value, config, batchSize } = context
  const rank = value.axes.length
  const at = numberAt(config, 'axis', 1)
  const axis = at < 0 ? at + rank : at
  if (batchAxis(value) !== 0 || axis !== 1)
    return refuseNode(
      context,
      `expected to flatten from axis 1 on, which leaves the examples apart, got axis ${axis} of ${shownSizes(value)}`,
    )
  const found = reshapedTo(value, [NaN, countOf(sizesOf(value).slice(1))], { allowZero: false, batchSize })
  return moved(found ?? value)
}

const withoutAxes: OnnxTranslator = (context) => {
  const { value, config } = context
  const sizes = sizesOf(value)
  const found = listAt(context, 'axes', 1) ?? sizes.flatMap((size, axis) => (size === 1 ? [axis] : []))
  const axes = axesOf(found, sizes.length, config)
  if (axes.some((axis) => sizes[axis] !== 1))
    return refuseNode(context, `expected to take away axes of size 1, got ${shownShape(axes)} of ${shownSizes(value)}`)
  return moved(squeezed(value, axes))
}

const withAxes: OnnxTranslator = (context) => {
  const places = listAt(context, 'axes', 1) ?? []
  return moved(unsqueezed(context.value, axesOf(places, context.value.axes.length + places.length, context.config)))
}

const turned: OnnxTranslator = (context) => {
  const { value, config } = context
  const rank = value.axes.length
  const order = listAt(context, 'perm', rank + 1) ?? value.axes.map((_, axis) => rank - 1 - axis)
  if (order.length !== rank)
    throw new ImportError(`${config.place}: expected perm to be an order of ${rank} axes, got ${shownShape(order)}`)
  return moved(transposed(value, axesOf(order, rank, config)))
}

/** Floats stay floats of 32 bits; tokens, which are whole numbers, stay tokens. */
const cast: OnnxTranslator = (context) => {
  const { value, config } = context
  const isFloat = floatTypes.includes(numberAt(config, 'to'))
  return isFloat || value.kind === 'tokens'
    ? moved(value)
    : refuseNode(context, 'numbers that are rounded to whole ones cannot be opened')
}

/** Pads as `[before of each axis, after of each axis]`, for all axes or for those that are named. */
const padsOf = (context: OnnxContext): readonly (readonly [number, number])[] => {
  const { value, config } = context
  const rank = value.axes.length
  const named = context.count > 3 ? listAt(context, 'axes', 3) : undefined
  const axes = axesOf(named ?? value.axes.map((_, axis) => axis), rank, config)
  const pads = listAt(context, 'pads', 1) ?? []
  if (pads.length !== 2 * axes.length || !pads.every((pad) => pad >= 0))
    return refuseNode(context, `expected ${2 * axes.length} pads from 0, got ${shownShape(pads)}`)
  return value.axes.map((_, axis) => {
    const at = axes.indexOf(axis)
    return at < 0 ? ([0, 0] as const) : ([pads[at] ?? 0, pads[at + axes.length] ?? 0] as const)
  })
}

const none = [0, 0] as const

const isFilledWithZeros = ({ count, input }: OnnxContext): boolean => {
  const fill = count > 2 ? input(2)?.values() : undefined
  return fill === undefined || fill.every((number) => number === 0)
}

const padded: OnnxTranslator = (context) => {
  const { value, config } = context
  const pads = padsOf(context)
  if (pads.every(([before, after]) => before === 0 && after === 0)) return moved(value)
  const [examples = none, channels = none, vertical = none, horizontal = none] = pads
  const isMap = value.axes.length === 4 && [...examples, ...channels].every((pad) => pad === 0)
  if (textAt(config, 'mode', 'constant') !== 'constant' || !isFilledWithZeros(context) || !isMap)
    return refuseNode(context, 'expected zeros around the height and the width of a map')
  const map = asMap(context)
  const layer = zeroPad2d([vertical, horizontal])
  return { parts: [...map.parts, plain(layer)], value: { ...mapValue([layer], map.value.shape), kind: 'computed' } }
}

/** Translators of operators that move numbers and compute none. */
export const shapeOperators: Readonly<Record<string, OnnxTranslator>> = {
  Cast: cast,
  Flatten: flat,
  Identity: ({ value }) => moved(value),
  Pad: padded,
  Reshape: inShape,
  Squeeze: withoutAxes,
  Transpose: turned,
  Unsqueeze: withAxes,
}
