import { shapesOf, type Layer } from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import type { Fields } from '../layers-model/fields.ts'
import type { Part } from '../layers-model/part.ts'
import { shownShape } from '../shown.ts'
import type { StoredTensor } from '../stored-tensor.ts'
import { movedTo, regrouped, withLast } from './moves.ts'
import { freshValue, sizesOf, type Factor, type Value } from './value.ts'

/** The facts that the translation of a node goes by. */
export interface OnnxContext {
  readonly op: string
  readonly config: Fields
  readonly opset: number
  /** The number of examples that the model was written for, where it is fixed. */
  readonly batchSize: number | undefined
  /** The inputs that change with the example, in its order. */
  readonly values: readonly Value[]
  /** The first of `values`. */
  readonly value: Value
  /** The place among the node's outputs of the one that is wanted, and their number. */
  readonly output: number
  readonly outputs: number
  /** The number of inputs that it names. */
  readonly count: number
  /** A constant that it reads; undefined where the input is left out. Throws `ImportError` where it is no constant. */
  readonly input: (place: number) => StoredTensor | undefined
  /** Tells whether an input changes with the example. */
  readonly isValue: (place: number) => boolean
}

/** Layers one after another, and what they give. */
export interface Translated {
  readonly parts: readonly Part[]
  readonly value: Value
}

/** Turns a node that reads one value into layers. Throws `ImportError`. */
export type OnnxTranslator = (context: OnnxContext) => Translated

/** Several values that are joined, and what they become. */
export interface Joined {
  readonly join: (paths: readonly Part[]) => Part
  readonly value: Value
}

/** Turns a node that reads several values into a join of their paths. Throws `ImportError`. */
export type OnnxJoiner = (context: OnnxContext) => Joined

/** Throws an `ImportError` that names the node. */
export const refuseNode = ({ config }: Pick<OnnxContext, 'config'>, problem: string): never => {
  throw new ImportError(`${config.place}: ${problem}; stop before it with until, or use the model as a black box`)
}

/** A value with each of some groups of factors as one axis of our tensor; numbers that lie elsewhere are moved. */
export const asGroups = (
  context: OnnxContext,
  groups: readonly (readonly Factor[])[],
  value: Value = context.value,
): Translated => {
  const found = regrouped(value, groups)
  if (found === undefined)
    return refuseNode(context, `expected an axis of its input ${shownSizes(value)} for the examples alone`)
  return { parts: movedTo(value, found), value: found }
}

/** A value with an axis of ONNX as the last of our tensor. */
export const asLast = (context: OnnxContext, axis: number, value: Value = context.value): Translated => {
  const found = withLast(value, axis)
  if (found === undefined)
    return refuseNode(context, `expected axis ${axis} of ${shownSizes(value)} to hold no examples`)
  return { parts: movedTo(value, found), value: found }
}

/** The sizes of a value, `N` for the batch. */
export const shownSizes = (value: Value): string => shownShape(sizesOf(value)).replace('NaN', 'N')

/** A map as `[height, width, channels]`, or a sequence as `[steps, channels]`; ONNX has the channels first. */
export const asMap = (context: OnnxContext): Translated => {
  const { value } = context
  const sizes = sizesOf(value)
  if (!Number.isNaN(sizes[0]) || sizes.length < 3 || sizes.length > 4)
    return refuseNode(
      context,
      `expected an input [N, channels, height, width] or [N, channels, steps], got ${shownSizes(value)}`,
    )
  const [, channels = [], ...places] = value.axes
  return asGroups(context, [...places, channels])
}

/** The value of a map or a sequence that layers give: `[..., channels]` of ours is `[N, channels, ...]` of ONNX. */
export const mapValue = (layers: readonly Layer[], input: Shape): Value => {
  const output = shapesOf(layers, input).at(-1) ?? input
  const places = output.slice(0, -1)
  return freshValue([NaN, output.at(-1) ?? 1, ...places], [...places.map((_, i) => i + 2), 1])
}

const floats: ReadonlySet<string> = new Set(['float32', 'float16', 'bfloat16', 'float64'])

/** A constant of weights. Throws `ImportError` where there is none, or its numbers are no weights. */
export const weightAt = (context: OnnxContext, place: number, name: string): StoredTensor => {
  const found = context.isValue(place) ? undefined : context.input(place)
  if (found === undefined) return refuseNode(context, `expected ${name} to be a constant, an initialiser or a Constant`)
  if (found.refused !== undefined)
    throw new ImportError(`${context.config.place}: tensor ${found.name}: ${found.refused}`)
  if (!floats.has(found.dtype))
    return refuseNode(context, `expected ${name} of floats, got ${found.dtype}: quantised weights are not read`)
  return found
}

/** A constant of weights of a shape. */
export const weightOf = (context: OnnxContext, place: number, name: string, shape: Shape): StoredTensor => {
  const found = weightAt(context, place, name)
  if (found.shape.join() !== shape.join())
    throw new ImportError(`${context.config.place}: expected ${name} ${found.name} of shape ${shownShape(shape)}, got ${shownShape(found.shape)}`) // prettier-ignore
  return found
}

/** The same weights if the input is there. */
export const weightIf = (context: OnnxContext, place: number, name: string, shape: Shape): StoredTensor | undefined =>
  place < context.count && (context.isValue(place) || context.input(place) !== undefined)
    ? weightOf(context, place, name, shape)
    : undefined
