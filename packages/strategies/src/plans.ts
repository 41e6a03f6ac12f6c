import type { OpenBlock, SourceNetwork } from '@ptu/networks'

import { fineTune, scratch, share } from './simple.ts'
import { PlanError, type Strategy } from './strategy.ts'

const firstThenScratch = (name: string, strategy: Strategy, k: number, count: number): readonly Strategy[] => {
  if (!Number.isInteger(k) || k < 0 || k > count)
    throw new PlanError(`${name}: expected k from 0 to ${count}, the number of blocks, got ${k}`)
  return Array.from({ length: count }, (_, i) => (i < k ? strategy : scratch))
}

/**
 * Share-k: the first `k` blocks keep the source's parameters, the others start at random.
 *
 * @example
 * ```ts
 * const source = freeze(mlp([16, 8]), initBody(mlp([16, 8]), key(0), [4]))
 * const model = transfer(source, { blocks: sharePlan(source, 1), head: dense(3) })
 * expect(model.blocks.map(({ strategy }) => strategy)).toEqual(['share', 'scratch'])
 * ```
 */
export const sharePlan = ({ blocks }: SourceNetwork<OpenBlock>, k: number): readonly Strategy[] =>
  firstThenScratch('sharePlan', share, k, blocks.length)

/** Fine-tune-k: the first `k` blocks start from the source's parameters and are trained, the others start at random. */
export const fineTunePlan = ({ blocks }: SourceNetwork<OpenBlock>, k: number): readonly Strategy[] =>
  firstThenScratch('fineTunePlan', fineTune, k, blocks.length)

/** One strategy for every block. */
export const uniformPlan = <S>({ blocks }: { readonly blocks: readonly unknown[] }, strategy: S): readonly S[] =>
  blocks.map(() => strategy)
