import { isRecord, OptionError } from '@ptu/core'
import type { Layer } from '@ptu/layers'
import { mapParams, scope, type ParamTree } from '@ptu/tensor'
import { zerosLike } from '@tensorflow/tfjs-core'

import { pulled } from './pull.ts'
import type { Strategy } from './strategy.ts'

/** The options of {@link l2sp} and {@link decayed}. */
export interface PenaltyOptions {
  /** The factor α of the penalty. Default 0.01. */
  readonly strength?: number
}

/**
 * Holds the parameters that a strategy learns near those of the source: L2-SP.
 *
 * In training the gradient is that of `L + α/2·‖θ - θ_S‖²`, with `θ` the parameters that stand for the source's, `θ_S`,
 * and `α` the strength; the loss that is reported is `L`. In {@link fineTune} every parameter stands for one of the
 * source's; in {@link ptu} those of the fine-tuned branch do, gates and random branches do not. A strategy without such
 * parameters is left as it is. Folds as the strategy does. The paper also penalises the head: that is {@link decayed}.
 *
 * Throws `OptionError` for a strength below 0.
 *
 * @example
 * ```ts
 * const source = freeze(mlp([8]), initBody(mlp([8]), key(0), [4]))
 * const model = transfer(source, { blocks: [l2sp(ptu())], head: decayed(dense(3)) })
 * expect(model.blocks[0]?.strategy).toBe('l2sp-ptu')
 * ```
 *
 * References:
 *   Li, Grandvalet & Davoine, "Explicit inductive bias for transfer learning with convolutional networks", ICML 2018, §3, https://arxiv.org/abs/1802.01483
 */
export const l2sp = (strategy: Strategy, { strength = 0.01 }: PenaltyOptions = {}): Strategy => {
  checkStrength('l2sp', strength)
  return (block) => {
    const inner = strategy(block)
    return {
      ...inner,
      strategy: `l2sp-${inner.strategy}`,
      apply: (params, input, mode) =>
        scope(() => inner.apply(mode.kind === 'train' ? held(params, block.params, strength) : params, input, mode)),
    }
  }
}

/**
 * Pulls the parameters of a layer towards 0 in training: the gradient is that of `L + α/2·‖θ‖²`, as L2-SP asks of a head.
 *
 * Throws `OptionError` for a strength below 0.
 */
export const decayed = <P extends ParamTree>(layer: Layer<P>, { strength = 0.01 }: PenaltyOptions = {}): Layer<P> => {
  checkStrength('decayed', strength)
  const towardsZero = (params: P): P => pulled(params, mapParams<ParamTree>(params, zerosLike), strength) as P
  return {
    ...layer,
    apply: (params, x, mode) => scope(() => layer.apply(mode.kind === 'train' ? towardsZero(params) : params, x, mode)),
  }
}

const checkStrength = (name: string, strength: number): void => {
  if (!(strength >= 0 && strength < Infinity))
    throw new OptionError(`${name}: expected a strength from 0, got ${strength}`)
}

/** The parameters, with those that stand for the source's pulled towards them. */
const held = (params: ParamTree, source: ParamTree, strength: number): ParamTree => {
  if (isList(params)) return isList(source) ? params.map((part, i) => held(part, source[i] ?? [], strength)) : params
  if (!isRecord(params)) return pulled(params, source, strength)
  const { fineTuned, ...others } = params as Readonly<Record<string, ParamTree>>
  if (fineTuned !== undefined) return { fineTuned: held(fineTuned, source, strength), ...others }
  return haveSameNames(params, source) ? pulled(params, source, strength) : params
}

const haveSameNames = (params: object, source: ParamTree): boolean =>
  Object.keys(params).sort().join() === Object.keys(source).sort().join()

const isList = (tree: ParamTree): tree is readonly ParamTree[] => Array.isArray(tree)
