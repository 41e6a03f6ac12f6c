import { foldBatchNorm, frozenBatchNorm, layerNorm } from '@ptu/layers'
import { scope } from '@ptu/tensor'
import { ones, zeros } from '@tensorflow/tfjs-core'

import { booleanAt, itemsOf, numberAt, refuse, valueAt } from './fields.ts'
import type { Context, Translator } from './part.ts'

/** `[channels]`, for a layer that works on the last axis. */
const channelsOf = ({ config, input }: Context): readonly [number] => {
  const [at, ...others] = itemsOf(valueAt(config, 'axis') ?? -1)
  if (others.length > 0 || (at !== -1 && at !== input.length)) refuse(config, 'axis', `the last one, ${input.length}`)
  return [input.at(-1) ?? 1]
}

/** The function of inference: its statistics never move. */
const byStatistics: Translator = (context) => {
  const { config, weights } = context
  const channels = channelsOf(context)
  const epsilon = numberAt(config, 'epsilon', 1e-3)
  const { gamma, beta, moving_mean, moving_variance } = weights({
    gamma: booleanAt(config, 'scale', true) ? channels : undefined,
    beta: booleanAt(config, 'center', true) ? channels : undefined,
    moving_mean: channels,
    moving_variance: channels,
  })
  const params = (): ReturnType<typeof foldBatchNorm> =>
    scope(() =>
      foldBatchNorm({
        gamma: gamma?.() ?? ones([...channels]),
        beta: beta?.() ?? zeros([...channels]),
        mean: moving_mean(),
        variance: moving_variance(),
        epsilon,
      }),
    )
  return [{ layer: frozenBatchNorm, params }]
}

const byPosition: Translator = (context) => {
  const { config, weights } = context
  const channels = channelsOf(context)
  const { gamma, beta } = weights({
    gamma: booleanAt(config, 'scale', true) ? channels : undefined,
    beta: booleanAt(config, 'center', true) ? channels : undefined,
  })
  const params = (): { scale: ReturnType<typeof ones>; shift: ReturnType<typeof zeros> } => ({
    scale: gamma?.() ?? ones([...channels]),
    shift: beta?.() ?? zeros([...channels]),
  })
  return [{ layer: layerNorm({ epsilon: numberAt(config, 'epsilon', 1e-3) }), params }]
}

/** Translators of normalisations. */
export const normalisations: Readonly<Record<string, Translator>> = {
  BatchNormalization: byStatistics,
  LayerNormalization: byPosition,
}
