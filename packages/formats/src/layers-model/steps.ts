import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import type { Step } from '../described-model.ts'
import { channelsLast, joinedChannelsFirst, translateChannelsFirst } from './channels-first.ts'
import { isSize, listAt, shown, valueAt, type Fields } from './fields.ts'
import type { GraphNode, KerasGraph } from './graph.ts'
import { merges } from './merges.ts'
import { ownedIndex } from './owned-weights.ts'
import type { StoredLayersModel } from './stored-model.ts'
import { checkSize, translate } from './translate.ts'
import { weightIndex } from './weights.ts'

/** The function of a layer and the shape of its output. */
interface ShapedStep extends Step {
  readonly output: Shape
}

/** The functions of the layers of a Keras model's graph. Throws `ImportError`. */
export const stepsOf = (
  { nodes, keras3, channelsFirst, modelName }: KerasGraph,
  { weights, owned }: StoredLayersModel,
  input: Shape | undefined,
): readonly Step[] => {
  const weightsOf = owned ? ownedIndex(owned) : weightIndex(weights, modelName)
  const outputs = new Map<string, Shape>()
  return nodes.map((node) => {
    const shapes = node.inputs.map((name) => outputs.get(name) ?? [])
    const step = stepOf(node, shapes, input, channelsFirst, (one) =>
      (channelsFirst ? translateChannelsFirst : translate)(node.type, {
        ...{ config: node.config, input: one, weights: weightsOf(node), keras3 },
      }),
    )
    outputs.set(node.name, step.output)
    return step
  })
}

const stepOf = (
  { type, config, inputs }: GraphNode,
  shapes: readonly Shape[],
  input: Shape | undefined,
  channelsFirst: boolean,
  single: (input: Shape) => ShapedStep,
): ShapedStep => {
  if (inputs.length === 0) return { parts: [], output: inputShape(config, input, channelsFirst) }
  const merge = Object.hasOwn(merges, type) ? merges[type] : undefined
  const [first = []] = shapes
  if (merge === undefined && shapes.length > 1)
    throw new ImportError(`${config.place}: expected one input, it has ${shapes.length}; use the model as a black box`)
  if (merge === undefined) return single(first)
  const output = merge.output(shapes, channelsFirst ? joinedChannelsFirst(type, config, shapes) : config)
  checkSize(config.place, output)
  return { parts: [], join: (paths) => merge.join(paths), output }
}

/** The shape of the model's input: the one asked for, or the one it was made for. */
const inputShape = (config: Fields, wanted: Shape | undefined, channelsFirst: boolean): Shape => {
  const own = ['batch_input_shape', 'batch_shape'].find((field) => valueAt(config, field) !== undefined)
  const shape = wanted ?? (own === undefined ? [] : listAt(config, own).slice(1))
  if (shape.length === 0 || !shape.every((size): size is number => isSize(size)))
    throw new ImportError(
      `${config.place}: expected to know the shape of its input, got [${shape.map(shown).join(', ')}]; say it with input`,
    )
  checkSize(config.place, shape)
  return wanted === undefined && channelsFirst ? channelsLast(shape) : shape
}
