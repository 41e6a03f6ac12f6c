import { elu, gelu, leakyRelu, relu, relu6, sigmoid, silu, softmax, tanh, type Layer } from '@ptu/layers'

import { ImportError } from './errors.ts'
import { checkOnly, numberAt, shown, textAt, valueAt, type Fields } from './fields.ts'
import { plain, type Part, type Translator } from './part.ts'

/** Activations by the names that tfjs and Keras give them. */
const named: Readonly<Record<string, Layer>> = { elu, gelu, relu, relu6, sigmoid, silu, softmax, swish: silu, tanh }

/** The activation that a field names, none where it is linear. */
export const activationAt = (config: Fields, name = 'activation'): readonly Part[] => {
  const activation = textAt(config, name, 'linear')
  if (activation === 'linear') return []
  const layer = Object.hasOwn(named, activation) ? named[activation] : undefined
  if (layer === undefined)
    throw new ImportError(
      `${config.place}: expected an activation of linear, ${Object.keys(named).sort().join(', ')}, got ${shown(activation)}; use the model as a black box`,
    )
  return [plain(layer)]
}

const rectified: Translator = ({ config }) => {
  const slope = numberAt(config, 'negative_slope', 0)
  checkOnly(config, 'threshold', [0])
  checkOnly(config, 'max_value', slope === 0 ? [6] : [])
  if (valueAt(config, 'max_value') !== undefined) return [plain(relu6)]
  return [plain(slope === 0 ? relu : leakyRelu(slope))]
}

/** Translators of the layers that are activations. */
export const activationLayers: Readonly<Record<string, Translator>> = {
  Activation: ({ config }) => activationAt(config),
  ReLU: rectified,
  LeakyReLU: ({ config }) => [
    plain(
      leakyRelu(numberAt(config, valueAt(config, 'negative_slope') === undefined ? 'alpha' : 'negative_slope', 0.3)),
    ),
  ],
}
