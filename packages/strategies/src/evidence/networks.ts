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

/** The blocks of a source as they start under a hypothesis. Blocks from the source are the source's own objects. */
export interface Network {
  readonly blocks: readonly PlacedBlock[]
  /** The parameters that are not the source's. The caller owns them. */
  readonly owned: readonly ParamTree[]
}

/**
 * Starts blocks under a hypothesis, of which the first `depth` come from the source, for examples `x`.
 *
 * Random blocks are scaled so that the output of each has unit root mean square on the examples, where the blocks pass
 * factors on; elsewhere they keep their scale. Borrows `random`.
 */
export const startUnder = async (
  hypothesis: Hypothesis,
  depth: number,
  blocks: readonly OpenBlock[],
  random: readonly ParamTree[],
  x: Tensor,
): Promise<Network> => {
  const [below, above] = [blocks.slice(0, depth), blocks.slice(depth)]
  if (hypothesis.kind === 'frozen' || above.length === 0) return { blocks, owned: [] }
  const drawn = await unitScaled(above, random.slice(depth), below, x)
  const owned = hypothesis.above === 'random' ? drawn : drawn.map((tree, i) => mixed(above[i]?.params ?? [], tree))
  if (owned !== drawn) disposeParams(drawn)
  return { blocks: [...below, ...above.map(({ layer }, i) => ({ layer, params: owned[i] ?? [] }))], owned }
}

/** `.25·θ_S + .75·θ_0`. */
const mixed = (source: ParamTree, random: ParamTree): ParamTree =>
  zipParams(source, random, (s, r) => add(mul(s, 1 - usualUpdate), mul(r, usualUpdate)))

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
