import { foldBatchNorm, frozenBatchNorm } from '@ptu/layers'
import { ones, zeros } from '@tensorflow/tfjs-core'

import { scope } from '@ptu/tensor'
import { booleanAt, itemsOf, numberAt, refuse, valueAt } from './fields.ts'
import type { Context, Translator } from './part.ts'

/** How many channels there are, where a layer works on the last axis. */
const lastAxis = ({ config, input }: Context): number => {
  const [at, ...others] = itemsOf(valueAt(config, 'axis') ?? -1)
  if (others.length > 0 || (at !== -1 && at !== input.length)) refuse(config, 'axis', `the last one, ${input.length}`)
  return input.at(-1) ?? 1
}

/** The function of inference: its statistics never move. */
const batchNormalisation: Translator = (context) => {
  const { config, weights } = context
  const channels = [lastAxis(context)]
  const epsilon = numberAt(config, 'epsilon', 1e-3)
  const { gamma, beta, ...statistics } = weights({
    gamma: booleanAt(config, 'scale', true) ? channels : undefined,
    beta: booleanAt(config, 'center', true) ? channels : undefined,
    moving_mean: channels,
    moving_variance: channels,
  })
  return [
    {
      layer: frozenBatchNorm,
      params: () =>
        scope(() =>
          foldBatchNorm({
            gamma: gamma?.() ?? ones(channels),
            beta: beta?.() ?? zeros(channels),
            mean: statistics.moving_mean(),
            variance: statistics.moving_variance(),
            epsilon,
          }),
        ),
    },
  ]
}

/** Translators of normalisations. */
export const normalisations: Readonly<Record<string, Translator>> = {
  BatchNormalization: batchNormalisation,
  BatchNormalizationV1: batchNormalisation,
}
