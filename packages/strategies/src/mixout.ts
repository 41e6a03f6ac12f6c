import { foldIn, OptionError, split, type Key } from '@ptu/core'
import { dropout, type Mode } from '@ptu/layers'
import { scope, zipParams, type ParamTree } from '@ptu/tensor'
import { add, sub } from '@tensorflow/tfjs-core'

import { fineTune } from './simple.ts'
import type { Strategy } from './strategy.ts'

/** The options of {@link mixout}. */
export interface MixoutOptions {
  /** The probability `p`, in [0, 1), that a number is the source's in a step. Default .9, as in the paper. */
  readonly rate?: number
}

/**
 * Fine-tunes, with a random part of the parameters put back to the source's in every step of training: mixout.
 *
 * `W = W_S + m·(θ - W_S) / (1 - p)`, `m` 0 with probability `p`, else 1, drawn for every number of every parameter
 *
 * The mean of `W` over draws is θ. It is dropout with the source in the place of 0. At inference the block is that of
 * {@link fineTune}, and it folds as that does.
 *
 * Throws `OptionError` for a rate outside [0, 1).
 *
 * @example
 * ```ts
 * const source = freeze(mlp([8]), initBody(mlp([8]), key(0), [4]))
 * const model = transfer(source, { blocks: [mixout()], head: dense(3) })
 * expect(model.blocks[0]?.strategy).toBe('mixout')
 * ```
 *
 * References:
 *   Lee, Cho & Kang, "Mixout: effective regularization to finetune large-scale pretrained language models", ICLR 2020, §3, https://arxiv.org/abs/1909.11299
 */
export const mixout = ({ rate = 0.9 }: MixoutOptions = {}): Strategy => {
  if (!(rate >= 0 && rate < 1)) throw new OptionError(`mixout: expected a rate in [0, 1), got ${rate}`)
  const drop = dropout(rate)
  return (block) => {
    const mixed = (params: ParamTree, key: Key): ParamTree => {
      let count = 0
      return zipParams(params, block.params, (now, source) => {
        const mode: Mode = { kind: 'train', key: foldIn(key, count++) }
        return add(source, drop.apply([], sub(now, source), mode))
      })
    }
    return {
      ...fineTune(block),
      strategy: 'mixout',
      apply: (params, { x }, mode) => {
        if (mode.kind === 'infer') return block.layer.apply(params, x, mode)
        const [own = mode.key, inner = mode.key] = split(mode.key, 2)
        return scope(() => block.layer.apply(mixed(params, own), x, { ...mode, key: inner }))
      },
    }
  }
}
