import type { DescribedModel } from '../described-model.ts'
import { channelsLast } from './channels-first.ts'
import { nameOfModel } from './description.ts'
import type { OwnedWeights } from './owned-weights.ts'
import { stepsOf } from './steps.ts'
import type { StoredLayersModel } from './stored-model.ts'
import { hasChannelsFirst, readGraph } from './topology.ts'

/** A model of Keras or tfjs as a graph of layers. */
export const describedKeras = (stored: StoredLayersModel): DescribedModel => ({
  // Only where they are asked for: a description may be nested beyond what its graph allows.
  get title() {
    return `Keras ${nameOfModel(stored.topology)}`
  },
  get input() {
    return inputOf(stored.topology)
  },
  weights: stored.weights,
  get facts() {
    return {
      'batch normalisation': 'by the epsilon of each layer, folded into the convolution before it',
      ...(hasChannelsFirst(stored.topology) && {
        axes: 'channels first in the file; images are [height, width, channels] here',
      }),
    }
  },
  graph: (until) => {
    const graph = readGraph(stored.topology, until)
    return { ...graph, steps: (input) => stepsOf(graph, stored, input) }
  },
  watched: (use) => describedKeras(watched(stored, use)),
})

/** The shape of the examples that a model was made for, where its description says it. */
const inputOf = (topology: unknown): DescribedModel['input'] => {
  const found = /"batch_?(?:input_)?shape":\s*\[\s*null\s*((?:,\s*\d+\s*)+)\]/.exec(JSON.stringify(topology))
  const shape = found?.[1]?.split(',').slice(1).map(Number)
  return shape && hasChannelsFirst(topology) ? channelsLast(shape) : shape
}

const watched = (model: StoredLayersModel, use: (name: string) => void): StoredLayersModel => {
  const watch = <W extends StoredLayersModel['weights'][number]>(weight: W): W => ({
    ...weight,
    tensor: () => {
      use(weight.name)
      return weight.tensor()
    },
  })
  const owned: OwnedWeights | undefined =
    model.owned &&
    new Map(
      [...model.owned].map(([layer, mine]) => [layer, mine.map((one) => ({ ...one, weight: watch(one.weight) }))]),
    )
  return { ...model, weights: model.weights.map(watch), ...(owned && { owned }) }
}
