import type { LayerSpec } from '@ptu/layers'
import { layers } from '@tensorflow/tfjs-layers'

import { noCounterpart, tensorsOf, type Stages } from './stage.ts'

/** The names that Keras gives the activations without options. */
const names: ReadonlyMap<string, string> = new Map([
  ...['relu', 'relu6', 'elu', 'gelu', 'selu', 'sigmoid', 'softmax', 'softplus', 'softsign', 'tanh'].map(
    (name) => [name, name] as const,
  ),
  ['silu', 'swish'],
  ['identity', 'linear'],
])

/** The slope of the hard sigmoid of tfjs. */
const kerasSlope = 0.2

/** The name that Keras gives an activation. Throws `LayersModelError` for one that it does not have. */
export const activationName = (spec: LayerSpec): 'linear' => {
  const name = spec.type === 'hardSigmoid' && spec['slope'] === kerasSlope ? 'hardSigmoid' : names.get(spec.type)
  if (name === undefined) throw noCounterpart(spec, 'Keras has no activation that computes the same')
  return name as 'linear'
}

export const activation: Stages = ({ spec, nameOf }) =>
  spec.type === 'identity'
    ? []
    : [{ layer: layers.activation({ activation: activationName(spec), name: nameOf(spec.type) }) }]

export const leakyRelu: Stages = (subject) => [
  {
    layer: layers.leakyReLU({
      alpha: (subject.spec as unknown as { slope: number }).slope,
      name: subject.nameOf('leaky_relu'),
    }),
  },
]

export const clippedRelu: Stages = (subject) => [
  { layer: layers.reLU({ maxValue: (subject.spec as unknown as { max: number }).max, name: subject.nameOf('relu') }) },
]

export const prelu: Stages = (subject) => {
  const { shared } = subject.spec as unknown as { shared?: readonly number[] }
  const axes = shared ?? [...subject.input.slice(0, -1).keys()]
  const sharedAxes = axes.map((axis) => axis + 1)
  return [
    {
      layer: layers.prelu({ ...(sharedAxes.length > 0 && { sharedAxes }), name: subject.nameOf('prelu') }),
      weights: () => Object.values(tensorsOf(subject)),
    },
  ]
}
