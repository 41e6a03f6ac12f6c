import { dense, embedding, pointwiseConv2d, timeDistributed, type Layer } from '@ptu/layers'
import { scope, type ParamTree } from '@ptu/tensor'
import { fill, mul, reshape, zeros, type Tensor } from '@tensorflow/tfjs-core'

import { checkOnly, numberAt } from '../layers-model/fields.ts'
import { countOf, type StoredTensor } from '../stored-tensor.ts'
import {
  asGroups,
  asLast,
  refuseNode,
  shownSizes,
  weightAt,
  weightOf,
  type OnnxContext,
  type OnnxTranslator,
  type Translated,
} from './context.ts'
import { axesOf } from './folding.ts'
import { orderAlong } from './operands.ts'
import { runsOf, sizeOf, sizesOf, type Factor, type Value } from './value.ts'

/** A dense map of the last axis. */
interface Connection {
  /** `[in, units]`, or the other way round if `isTurned`. */
  readonly weights: StoredTensor
  readonly isTurned: boolean
  readonly bias: StoredTensor | undefined
  /** The factors of the weights and of the bias. */
  readonly scales: readonly [number, number]
}

/** The layer for a tensor with one axis, two or three. */
const layerFor = (units: number, rank: number): Layer => {
  if (rank === 3) return pointwiseConv2d(units)
  return Array.from({ length: rank - 1 }).reduce<Layer>((inner) => timeDistributed(inner), dense(units))
}

/** The kernel `[in, units]` with its rows in the order in which the numbers of the input lie in memory. */
const kernelOf = ({ weights, isTurned }: Connection, value: Value, axis: number, units: number): Tensor => {
  const { split, order } = orderAlong(value, axis)
  const arrangement = isTurned
    ? { split: [units, ...split], order: [...order.map((one) => one + 1), 0] }
    : { split: [...split, units], order: [...order, split.length] }
  return reshape(weights.arranged(arrangement), [sizeOf(value.axes[axis] ?? []), units])
}

const biasOf = ({ bias }: Connection, units: number): Tensor => {
  if (bias === undefined) return zeros([units])
  return countOf(bias.shape) === 1 ? fill([units], bias.values()[0] ?? 0) : reshape(bias.tensor(), [units])
}

const times = (tensor: Tensor, factor: number): Tensor => (factor === 1 ? tensor : mul(tensor, factor))

const connected = (context: OnnxContext, connection: Connection): Translated => {
  const axis = context.value.axes.length - 1
  const size = sizeOf(context.value.axes[axis] ?? [])
  const { weights, isTurned, bias, scales: [scale, biasScale] } = connection // prettier-ignore
  const units = weights.shape[isTurned ? 0 : 1] ?? 1
  weightOf(context, 1, 'the weights', isTurned ? [units, size] : [size, units])
  if (bias !== undefined && ![1, units].includes(countOf(bias.shape)))
    return refuseNode(context, `expected a bias of ${units} numbers, got ${countOf(bias.shape)}`)
  // Beside the examples an axis may hold steps, as where all steps of all examples are rows of one matrix.
  const isVector = context.value.axes.length === 2 && context.value.axes[0]?.length === 1
  const { parts, value } = isVector ? asGroups(context, [context.value.order]) : asLast(context, axis)
  const rank = value.shape.length
  const params = (): ParamTree =>
    scope(() => {
      const kernel = times(kernelOf(connection, value, axis, units), scale)
      const added = times(biasOf(connection, units), biasScale)
      return { kernel: rank === 3 ? reshape(kernel, [1, 1, size, units]) : kernel, bias: added }
    })
  return { parts: [...parts, { layer: layerFor(units, rank), params }], value: withUnits(value, axis, units) }
}

/** The value with other numbers along its last axis, which is the last in memory. */
const withUnits = (value: Value, axis: number, units: number): Value => {
  const own: readonly Factor[] = units === 1 ? [] : [{ size: units }]
  const before = value.axes[axis] ?? []
  return {
    axes: value.axes.map((factors, at) => (at === axis ? own : factors)),
    order: [...value.order.filter((factor) => !before.includes(factor)), ...own],
    shape: [...value.shape.slice(0, -1), units],
    kind: 'computed',
  }
}

const general: OnnxTranslator = (context) => {
  const { config, value } = context
  checkOnly(config, 'transA', [0])
  if (value.axes.length !== 2 || !Number.isNaN(sizesOf(value)[0]) || context.isValue(1))
    return refuseNode(
      context,
      `expected an input [N, features] and weights that are constants, got ${shownSizes(value)}`,
    )
  const weights = weightAt(context, 1, 'B')
  if (weights.shape.length !== 2)
    return refuseNode(context, `expected weights of two axes, got ${weights.shape.length}`)
  const bias = context.count > 2 ? context.input(2) && weightAt(context, 2, 'C') : undefined
  const scales = [numberAt(config, 'alpha', 1), numberAt(config, 'beta', 1)] as const
  return connected(context, { weights, isTurned: numberAt(config, 'transB', 0) === 1, bias, scales })
}

/** A product with constants on the right; a bias that is added next may have been taken in as a third input. */
const product: OnnxTranslator = (context) => {
  if (context.values.length > 1)
    return refuseNode(
      context,
      'products of two values are opened where they are attention, softmax(scale · q · kᵀ + constant mask) · v; others cannot be',
    )
  if (context.isValue(1)) return refuseNode(context, 'expected the constant weights on the right')
  const weights = weightAt(context, 1, 'B')
  if (weights.shape.length !== 2)
    return refuseNode(context, `expected weights of two axes, got ${weights.shape.length}`)
  const bias = context.count > 2 ? weightAt(context, 2, 'the bias') : undefined
  return connected(context, { weights, isTurned: false, bias, scales: [1, 1] })
}

/** Rows of a constant table by tokens. */
export const lookedUp: OnnxTranslator = (context) => {
  const { config, value } = context
  const table = weightAt(context, 0, 'the table')
  const [vocabulary = 0, features = 0] = table.shape
  const [axis] = axesOf([numberAt(config, 'axis', 0)], table.shape.length, config)
  if (axis !== 0 || table.shape.length !== 2 || value.axes.length !== 2)
    return refuseNode(
      context,
      `expected tokens [N, steps] and a table [tokens, features], got ${shownSizes(value)} and a table of ${table.shape.length} axes`,
    )
  const shaped = asGroups(context, runsOf(value))
  const own: readonly Factor[] = features === 1 ? [] : [{ size: features }]
  return {
    parts: [...shaped.parts, { layer: embedding(vocabulary, features), params: () => ({ table: table.tensor() }) }],
    value: {
      axes: [...value.axes, own],
      order: [...value.order, ...own],
      shape: [...shaped.value.shape, features],
      kind: 'computed',
    },
  }
}

/** Translators of dense maps. */
export const products: Readonly<Record<string, OnnxTranslator>> = {
  Gemm: general,
  MatMul: product,
}
