import {
  clippedRelu,
  elu,
  gelu,
  hardSigmoid,
  leakyRelu,
  prelu,
  product,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  tanh,
  type Layer,
} from '@ptu/layers'
import { ImportError } from '@ptu/networks'

import { checkOnly, isSize, itemsOf, numberAt, refuse, shown, textAt, valueAt } from './fields.ts'
import { plain, type Context, type Part, type Translator } from './part.ts'

/** Activations by the names that Keras gives them. */
const named: Readonly<Record<string, Layer<readonly []>>> = {
  elu,
  gelu,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  swish: silu,
  tanh,
}

/** The activation that a field names, undefined where it is linear. */
export const activationNamed = (
  { config, keras3 }: Pick<Context, 'config' | 'keras3'>,
  field: string,
  missing = 'linear',
): Layer<readonly []> | undefined => {
  const name = textAt(config, field, missing)
  if (name === 'linear') return undefined
  if (name === 'hard_sigmoid' || name === 'hardSigmoid') return hardSigmoid(keras3 ? 1 / 6 : 0.2)
  const layer = Object.hasOwn(named, name) ? named[name] : undefined
  if (layer === undefined)
    throw new ImportError(
      `${config.place}: expected an activation of linear, hard_sigmoid, ${Object.keys(named).join(', ')}, got ${shown(name)}; use the model as a black box`,
    )
  return layer
}

/** `x · hardSigmoid(x)`, by either of its names. */
const hardSilu: Part = { layer: product(hardSigmoid(1 / 6)), params: () => [[], []] }
const hardSilus: ReadonlySet<unknown> = new Set(['hard_silu', 'hard_swish'])

/** The activation of a layer as what comes after it. */
export const activationOf = (context: Context): readonly Part[] => {
  if (hardSilus.has(valueAt(context.config, 'activation'))) return [hardSilu]
  const layer = activationNamed(context, 'activation')
  return layer ? [plain(layer)] : []
}

const rectified: Translator = ({ config }) => {
  const slope = numberAt(config, 'negative_slope', 0)
  checkOnly(config, 'threshold', [0])
  if (valueAt(config, 'max_value') === undefined) return [plain(slope === 0 ? relu : leakyRelu(slope))]
  const max = numberAt(config, 'max_value')
  if (slope !== 0) return refuse(config, 'negative_slope', '0 where there is a max_value')
  return [plain(max === 6 ? relu6 : clippedRelu(max))]
}

const slopes: Translator = ({ config, input, weights }) => {
  const axes = itemsOf(valueAt(config, 'shared_axes') ?? [])
  const shared = axes.every((axis): axis is number => isSize(axis))
    ? axes.map((axis) => axis - 1)
    : refuse(config, 'shared_axes', 'a list of axes from 1')
  const { alpha } = weights({ alpha: input.map((size, axis) => (shared.includes(axis) ? 1 : size)) })
  return [{ layer: prelu({ shared }), params: () => ({ slope: alpha() }) }]
}

/** Translators of the layers that are activations. */
export const activationLayers: Readonly<Record<string, Translator>> = {
  Activation: activationOf,
  ELU: ({ config }) => {
    checkOnly(config, 'alpha', [1])
    return [plain(elu)]
  },
  LeakyReLU: ({ config }) => {
    const field = valueAt(config, 'negative_slope') === undefined ? 'alpha' : 'negative_slope'
    return [plain(leakyRelu(numberAt(config, field, 0.3)))]
  },
  PReLU: slopes,
  ReLU: rectified,
  Softmax: ({ config, input }) => {
    checkOnly(config, 'axis', [-1, input.length])
    return [plain(softmax)]
  },
}
