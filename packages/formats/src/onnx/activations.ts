import {
  clippedRelu,
  dropout,
  elu,
  fixedAffine,
  gelu,
  geluTanh,
  hardSigmoid,
  identity,
  leakyRelu,
  prelu,
  product,
  relu,
  relu6,
  selu,
  sigmoid,
  softmax,
  softplus,
  softsign,
  tanh,
  type Layer,
} from '@ptu/layers'
import { tensor } from '@tensorflow/tfjs-core'

import { checkOnly, numberAt, refuse, textAt } from '../layers-model/fields.ts'
import { plain, type Part } from '../layers-model/part.ts'
import { countOf } from '../stored-tensor.ts'
import { asLast, refuseNode, weightAt, type OnnxContext, type OnnxTranslator } from './context.ts'
import { axesOf } from './folding.ts'
import { alongLast } from './operands.ts'

/** Layers that work number by number. */
const each =
  (layers: (context: OnnxContext) => readonly Part[]): OnnxTranslator =>
  (context) => ({ parts: layers(context), value: { ...context.value, kind: 'computed' } })

const always = (layer: Layer): OnnxTranslator => each(() => [plain(layer)])

/** Throws unless a number that was rounded to 32 bits is the one that is meant. */
const checkNear = ({ config }: OnnxContext, name: string, wanted: number): void => {
  if (Math.abs(numberAt(config, name, wanted) - wanted) > 1e-6) refuse(config, name, String(wanted))
}

/** A bound of a Clip, an infinite one as undefined. */
const boundAt = (context: OnnxContext, place: number): number | undefined => {
  const found = context.count > place && !context.isValue(place) ? context.input(place)?.values()[0] : undefined
  return found === undefined || Math.abs(found) > 3e38 ? undefined : found
}

const clipped: OnnxTranslator = each((context) => {
  if (context.values.length > 1) return refuseNode(context, 'expected bounds that are constants')
  const [least, most] = [boundAt(context, 1), boundAt(context, 2)]
  if (least === undefined)
    return most === undefined ? [] : refuseNode(context, `expected a lower bound beside the upper one, ${most}`)
  const shift = (number: number): readonly Part[] => (number === 0 ? [] : [plain(fixedAffine({ shift: [number] }))])
  if (most !== undefined && most <= least)
    return refuseNode(context, `expected bounds that leave a range, got ${least} to ${most}`)
  const width = most === undefined ? Infinity : most - least
  const inner = width === Infinity ? relu : width === 6 ? relu6 : clippedRelu(width)
  return [...shift(-least), plain(inner), ...shift(least)]
})

/** The larger or the smaller of a value and a number: `max(x, c) = relu(x - c) + c`, `min(x, c) = c - relu(c - x)`. */
const bounded = (sign: 1 | -1): OnnxTranslator =>
  each((context) => {
    if (context.count !== 2 || context.values.length !== 1)
      return refuseNode(context, 'expected a value and a constant')
    const bound = weightAt(context, context.isValue(1) ? 0 : 1, 'the bound')
    const [number = NaN] = bound.values()
    if (countOf(bound.shape) !== 1) return refuseNode(context, 'expected a bound that is one number')
    const [before, after] = [fixedAffine({ scale: [sign], shift: [-sign * number] }), fixedAffine({ scale: [sign], shift: [number] })] // prettier-ignore
    return [plain(before), plain(relu), plain(after)]
  })

const sloped: OnnxTranslator = (context) => {
  const slope = weightAt(context, 1, 'the slope')
  if (countOf(slope.shape) === 1) return each(() => [plain(leakyRelu(slope.values()[0]))])(context)
  const { parts, value, numbers } = alongLast(context, slope)
  const shared = value.shape.slice(0, -1).map((_, axis) => axis)
  const shape = value.shape.map((size, axis) => (shared.includes(axis) ? 1 : size))
  const part = { layer: prelu({ shared }), params: () => ({ slope: tensor(numbers(), shape) }) }
  return { parts: [...parts, part], value: { ...value, kind: 'computed' } }
}

const dropped: OnnxTranslator = (context) => {
  const { config, value } = context
  const training = context.count > 2 ? context.input(2)?.values()[0] : undefined
  if (training !== undefined && training !== 0)
    return refuseNode(context, 'expected it to do nothing at inference; export the model in eval mode')
  const rate = (context.count > 1 ? context.input(1)?.values()[0] : undefined) ?? numberAt(config, 'ratio', 0.5)
  return { parts: rate > 0 && rate < 1 ? [plain(dropout(rate))] : [], value }
}

const normalised: OnnxTranslator = (context) => {
  const { config, opset, value } = context
  const [axis = 0] = axesOf([numberAt(config, 'axis', opset < 13 ? 1 : -1)], value.axes.length, config)
  // Before opset 13 it runs over all axes from this one on.
  if (opset < 13 && value.axes.slice(axis + 1).some((factors) => factors.length > 0))
    return refuseNode(context, `expected it to run over one axis, it runs over all from ${axis} on`)
  const shaped = asLast(context, axis)
  return { parts: [...shaped.parts, plain(softmax)], value: { ...shaped.value, kind: 'computed' } }
}

/** Translators of activations. */
export const activations: Readonly<Record<string, OnnxTranslator>> = {
  Clip: clipped,
  Dropout: dropped,
  Elu: each((context) => {
    checkNear(context, 'alpha', 1)
    return [plain(elu)]
  }),
  Gelu: each(({ config }) => {
    checkOnly(config, 'approximate', ['none', 'tanh'])
    return [plain(textAt(config, 'approximate', 'none') === 'tanh' ? geluTanh : gelu)]
  }),
  HardSigmoid: each((context) => {
    checkNear(context, 'beta', 0.5)
    return [plain(hardSigmoid(numberAt(context.config, 'alpha', 0.2)))]
  }),
  HardSwish: each(() => [{ layer: product(hardSigmoid(1 / 6), identity), params: () => [[], []] }]),
  LeakyRelu: each(({ config }) => [plain(leakyRelu(numberAt(config, 'alpha', 0.01)))]),
  Max: bounded(1),
  Min: bounded(-1),
  PRelu: sloped,
  Relu: always(relu),
  Selu: each((context) => {
    checkNear(context, 'alpha', 1.6732632423543772)
    checkNear(context, 'gamma', 1.0507009873554805)
    return [plain(selu)]
  }),
  Sigmoid: always(sigmoid),
  Softmax: normalised,
  Softplus: always(softplus),
  Softsign: always(softsign),
  Tanh: always(tanh),
}
