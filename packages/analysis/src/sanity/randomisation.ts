import { foldIn, OptionError, Tree, type Key } from '@ptu/core'
import { infer } from '@ptu/layers'
import { disposeParams, type ParamTree, type Shape } from '@ptu/tensor'

import type { Attribution } from '../attribution/attribution.ts'
import type { LayerBlock } from '../attribution/network-blocks.ts'
import { attributionSimilarity, type AttributionSimilarity } from './attribution-similarity.ts'

/** The options of {@link cascadingRandomisation}. */
export interface RandomisationOptions {
  /** The shape of an input, without the batch. */
  readonly input: Shape
  /** Draws the fresh parameters. */
  readonly key: Key
  /** Attributes the examples to units by a network of these blocks. */
  readonly attribute: (blocks: readonly LayerBlock[]) => Promise<Attribution>
}

/** The likeness of the attributions by the trained network and by a partly random one. */
export interface Randomised {
  /** The lowest block with fresh parameters; all above it have them too. */
  readonly block: string
  readonly signed: AttributionSimilarity
  readonly absolute: AttributionSimilarity
  /** As `signed`, without the units that have the attribution 0 in both. */
  readonly signedWithoutZeros: AttributionSimilarity
  /** As `absolute`, without the units that have the attribution 0 in both. */
  readonly absoluteWithoutZeros: AttributionSimilarity
}

/**
 * Tests that an attribution depends on what the network has learnt: gives fresh random parameters to the blocks, from the
 * output down, and compares the attributions with those by the trained network.
 *
 * A method that passes has signed values that no longer correlate once the network is random. Blocks without parameters are
 * left out. Borrows the blocks, which stay as they are. Rejects with `OptionError` for a network without parameters, and
 * with what `attribute` rejects with.
 *
 * @example
 * ```ts
 * const body = [...mlp([6]), { name: 'head', layer: dense(2) }]
 * const found = await cascadingRandomisation(openBlocks(body, initBody(body, key(0), [5])), {
 *   input: [5],
 *   key: key(1),
 *   attribute: (blocks) => inputTimesGradient(blocks, { x: normal(key(2), [8, 5]), target: 1 }),
 * })
 * expect(found.map(({ block }) => block)).toEqual(['head', 'dense1'])
 * ```
 *
 * References:
 *   Adebayo, Gilmer, Muelly, Goodfellow, Hardt & Kim, "Sanity checks for saliency maps", NeurIPS 2018, §4.1, https://arxiv.org/abs/1810.03292
 */
export const cascadingRandomisation = async (
  blocks: readonly LayerBlock[],
  { input, key, attribute }: RandomisationOptions,
): Promise<readonly Randomised[]> => {
  if (blocks.every(({ params }) => Tree.leaves(params).length === 0))
    throw new OptionError('cascadingRandomisation: expected a network with parameters, got none')
  const fresh = freshParams(blocks, key, input)
  try {
    const trained = await attribute(blocks)
    const found: Randomised[] = []
    for (let at = blocks.length - 1; at >= 0; at--) {
      const { name, params } = blocks[at] as LayerBlock
      if (Tree.leaves(params).length === 0) continue
      const partly = blocks.map((block, i) => (i < at ? block : withParams(block, fresh[i] ?? [])))
      found.push({ block: name, ...compared(trained, await attribute(partly)) })
    }
    return found
  } finally {
    disposeParams(fresh)
  }
}

const freshParams = (blocks: readonly LayerBlock[], key: Key, input: Shape): readonly ParamTree[] => {
  let shape = input
  return blocks.map(({ layer }, i) => {
    const params = layer.init(foldIn(key, i), shape)
    shape = layer.output(shape)
    return params
  })
}

const withParams = (block: LayerBlock, params: ParamTree): LayerBlock => ({
  ...block,
  params,
  apply: (x) => block.layer.apply(params, x, infer),
})

const compared = (a: Attribution, b: Attribution): Omit<Randomised, 'block'> => ({
  signed: attributionSimilarity(a, b),
  absolute: attributionSimilarity(a, b, { absolute: true }),
  signedWithoutZeros: attributionSimilarity(a, b, { withoutZeros: true }),
  absoluteWithoutZeros: attributionSimilarity(a, b, { absolute: true, withoutZeros: true }),
})
