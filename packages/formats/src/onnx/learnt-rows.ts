import { leadingTokens, positionEmbedding, residual, zeroPad1d } from '@ptu/layers'
import { reshape } from '@tensorflow/tfjs-core'

import { numberAt } from '../layers-model/fields.ts'
import { plain } from '../layers-model/part.ts'
import { shownShape } from '../shown.ts'
import { countOf, type StoredTensor } from '../stored-tensor.ts'
import { asGroups, refuseNode, shownSizes, weightAt, type OnnxContext, type OnnxTranslator, type Translated } from './context.ts' // prettier-ignore
import { axesOf } from './folding.ts'
import { shapedTo } from './moves.ts'
import { axesInMemory, batchAxis, sizeOf, sizesOf, type Factor, type Value } from './value.ts'

/** A constant of a shape as NumPy aligns it with a value, 1 for the axes that it has not. */
const aligned = ({ shape }: StoredTensor, { axes }: Value): readonly number[] => [
  ...Array.from({ length: Math.max(axes.length - shape.length, 0) }, () => 1),
  ...shape,
]

/** Tells whether a constant has a number for each place and channel of an example, as learnt positions have. */
export const isForPlaces = (constant: StoredTensor, value: Value): boolean => {
  const shape = aligned(constant, value)
  const wanted = sizesOf(value).map((size) => (Number.isNaN(size) ? 1 : size))
  return axesInMemory(value).length > 1 && batchAxis(value) >= 0 && shape.join() === wanted.join()
}

/** Adds a constant vector to each place: learnt positions. */
export const atPlaces = (context: OnnxContext, constant: StoredTensor): Translated => {
  const { value } = context
  const axes = axesInMemory(value)
  const groups = axes.map((axis) => value.axes[axis] ?? [])
  const placed = asGroups(context, groups)
  const features = placed.value.shape.at(-1) ?? 1
  const rows = countOf(placed.value.shape.slice(0, -1))
  const split = value.axes.flatMap((factors) => factors.filter((factor) => value.order.includes(factor)))
  const arrangement = { split: split.map(({ size }) => size), order: groups.flat().map((factor) => split.indexOf(factor)) } // prettier-ignore
  const layer = residual(positionEmbedding(rows))
  const params = () => [{ table: reshape(constant.arranged(arrangement), [rows, features]) }, []]
  const sequence = [rows, features]
  return {
    parts: [...placed.parts, ...shapedTo(placed.value.shape, sequence), { layer, params }],
    value: { ...placed.value, shape: sequence, kind: 'computed' },
  }
}

/** The constant steps `[1, rows, channels]` that are put before others. */
const tokensIn = (context: OnnxContext, channels: number): StoredTensor => {
  const tokens = weightAt(context, 0, 'what is put before the steps')
  const [examples, , own] = tokens.shape
  if (tokens.shape.length !== 3 || examples !== 1 || own !== channels)
    return refuseNode(context, `expected constant steps of shape [1, steps, ${channels}], got ${shownShape(tokens.shape)}`) // prettier-ignore
  return tokens
}

/** Tells whether one constant is joined to a sequence `[N, steps, features]` before its steps. */
const isBeforeSteps = ({ value, count, isValue }: OnnxContext, axis: number): boolean =>
  count === 2 && isValue(1) && value.axes.length === 3 && batchAxis(value) === 0 && axis === 1

/** Puts constant steps before those of a sequence, as a class token is. */
export const withTokens: OnnxTranslator = (context) => {
  const { value, config, count } = context
  if (count === 1) return { parts: [], value }
  const [axis = 0] = axesOf([numberAt(config, 'axis')], value.axes.length, config)
  if (!isBeforeSteps(context, axis))
    return refuseNode(context, `expected to join values, or one constant before the steps of [N, steps, features], got ${shownSizes(value)} along axis ${axis}`) // prettier-ignore
  const [, steps = [], features = []] = value.axes
  const channels = sizeOf(features)
  const tokens = tokensIn(context, channels)
  const [, rows = 0] = tokens.shape
  const placed = asGroups(context, [steps, features])
  const all: readonly Factor[] = [{ size: rows + sizeOf(steps) }]
  const params = () => [{ table: tokens.arranged({ split: [rows, channels], order: [0, 1] }) }, []]
  return {
    parts: [...placed.parts, plain(zeroPad1d([rows, 0])), { layer: residual(leadingTokens(rows)), params }],
    value: {
      axes: value.axes.with(1, all),
      order: [...all, ...features],
      shape: [rows + sizeOf(steps), channels],
      kind: 'computed',
    },
  }
}
