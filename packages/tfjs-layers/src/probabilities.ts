import { OptionError } from '@ptu/core'
import type { Shape } from '@ptu/tensor'
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers'

import { convertedChain, linksOf, put, type TrainedNetwork } from './convert.ts'
import type { LayerBuilder } from './layer-builder.ts'
import { sameStart } from './photos/same-start.ts'

/** Checks that labels are different names and that each network has an output for each of them. */
export const checkOutputs = (networks: readonly TrainedNetwork[], shape: Shape, labels: readonly string[]): void => {
  if (labels.length < 2 || new Set(labels).size !== labels.length || labels.includes(''))
    throw new OptionError(`expected labels to be two or more different names, got ${JSON.stringify(labels)}`)
  for (const { layer } of networks) {
    const output = layer.output(shape)
    if (output.length !== 1 || output[0] !== labels.length)
      throw new OptionError(
        `expected a network with one output for each of ${labels.length} labels, got outputs of shape [${output.join(', ')}]`,
      )
  }
}

/** The softmax of what a network gives, or the mean of two: layers that both start with are computed once. */
export const probabilitiesOf = (
  networks: readonly TrainedNetwork[],
  x: SymbolicTensor,
  builder: LayerBuilder,
): SymbolicTensor => {
  const { nameOf } = builder
  const softmax = (logits: SymbolicTensor, name: string): SymbolicTensor =>
    put([{ layer: layers.activation({ activation: 'softmax', name: nameOf(name) }) }], logits, builder)
  const [first = [], second] = networks.map(linksOf)
  if (second === undefined) return softmax(convertedChain(first, x, builder), 'probabilities')
  const shared = sameStart(first, second)
  const stem = convertedChain(first.slice(0, shared), x, builder)
  const both = [first, second].map((links) => softmax(convertedChain(links.slice(shared), stem, builder), 'softmax'))
  return layers.average({ name: nameOf('probabilities') }).apply(both) as SymbolicTensor
}
