import { Tree } from '@ptu/core'
import type { OpenBlock, SourceNetwork } from '@ptu/networks'

/** A block learns so many times slower than the one above it. */
const slower = 2.6

/**
 * The parts of the rate at which blocks learn, the slower the nearer to the input, and after them the head: discriminative
 * fine-tuning.
 *
 * `η_l = η_{l+1} / 2.6`, where the head has the whole rate. Blocks without parameters do not count.
 *
 * References:
 *   Howard & Ruder, "Universal language model fine-tuning for text classification", ACL 2018, §3.2, https://arxiv.org/abs/1801.06146
 */
export const layerWiseRates = ({ blocks }: SourceNetwork<OpenBlock>): readonly number[] => {
  const learning = blocks.map(({ params }) => (Tree.leaves(params).length > 0 ? 1 : 0))
  const above = (i: number): number => learning.slice(i).reduce<number>((sum, one) => sum + one, 0)
  return [...blocks.map((_, i) => slower ** -above(i)), 1]
}

/** Parts of the rate by which nothing learns: a model that was made before training. */
export const noRates = ({ blocks }: SourceNetwork<OpenBlock>): readonly number[] => [...blocks.map(() => 0), 0]
