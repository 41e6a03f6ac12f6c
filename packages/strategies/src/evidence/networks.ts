import { foldIn, type Key } from '@ptu/core'
import { infer, shapesOf } from '@ptu/layers'
import { freeze, rescale, rescaleProblem, type OpenBlock } from '@ptu/networks'
import { cloneParams, disposeParams, scope, zipParams, type ParamTree, type Shape } from '@ptu/tensor'
import { add, mul, type Tensor } from '@tensorflow/tfjs-core'

import type { PlacedBlock } from './exact-kernels.ts'
import { usualUpdate, type Hypothesis } from './hypothesis.ts'

/** Random starts of blocks, one tree each, for inputs of a shape. The caller owns them. */
export const randomStarts = (blocks: readonly OpenBlock[], key: Key, input: Shape): readonly ParamTree[] => {
  const layers = blocks.map(({ layer }) => layer)
  const inputs = [input, ...shapesOf(layers, input)]
  return layers.map((layer, l) => layer.init(foldIn(key, l), inputs[l] ?? input))
}

/**
 * The blocks as they start under a hypothesis, for examples `x`. The caller owns the parameters.
 *
 * Random blocks are scaled so that the output of each has unit root mean square on the examples, where the blocks pass
 * factors on; elsewhere they keep their scale. `depth` counts these blocks: those before them that do not learn are left
 * out. Borrows `random`.
 */
export const startUnder = async (
  hypothesis: Hypothesis,
  depth: number,
  blocks: readonly OpenBlock[],
  random: readonly ParamTree[],
  x: Tensor,
): Promise<readonly PlacedBlock[]> => {
  const sources = blocks.map(({ layer, params }) => ({ layer, params: cloneParams(params) }))
  if (hypothesis.kind === 'frozen' || depth === blocks.length) return sources
  const below = sources.slice(0, depth)
  disposeParams(sources.slice(depth).map(({ params }) => params))
  const above = blocks.slice(depth)
  const drawn = await unitScaled(above, random.slice(depth), below, x)
  if (hypothesis.above === 'random') return [...below, ...placed(above, drawn)]
  const mixed = drawn.map((tree, i) =>
    zipParams(above[i]?.params ?? [], tree, (s, t) => add(mul(s, 1 - usualUpdate), mul(t, usualUpdate))),
  )
  disposeParams(drawn)
  return [...below, ...placed(above, mixed)]
}

const placed = (blocks: readonly OpenBlock[], params: readonly ParamTree[]): readonly PlacedBlock[] =>
  blocks.map(({ layer }, i) => ({ layer, params: params[i] ?? [] }))

const unitScaled = async (
  blocks: readonly OpenBlock[],
  random: readonly ParamTree[],
  below: readonly PlacedBlock[],
  x: Tensor,
): Promise<readonly ParamTree[]> => {
  const network = freeze(blocks, random)
  if (rescaleProblem(network) !== undefined) return random.map((tree) => cloneParams(tree))
  const input = scope(() => below.reduce((h, { layer, params }) => layer.apply(params, h, infer), x.clone()))
  const scaled = await rescale(network, input)
  input.dispose()
  return scaled.blocks.map(({ params }) => params)
}
