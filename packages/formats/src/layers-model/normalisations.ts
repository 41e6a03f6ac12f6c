import { fixedAffine, foldBatchNorm, frozenBatchNorm, groupNorm, layerNorm } from '@ptu/layers'
import { scope } from '@ptu/tensor'
import { ones, zeros, type Tensor } from '@tensorflow/tfjs-core'

import { booleanAt, checkOnly, itemsOf, numberAt, refuse, valueAt } from './fields.ts'
import { plain, type Context, type Translator } from './part.ts'

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

/** The makers of a scale and a shift, which a layer may have or not. */
const scaleAndShift = ({ config, weights }: Context, channels: readonly [number]) => {
  const { gamma, beta } = weights({
    gamma: booleanAt(config, 'scale', true) ? channels : undefined,
    beta: booleanAt(config, 'center', true) ? channels : undefined,
  })
  return (): { scale: Tensor; shift: Tensor } => ({
    scale: gamma?.() ?? ones([...channels]),
    shift: beta?.() ?? zeros([...channels]),
  })
}

const byPosition: Translator = (context) => {
  const channels = channelsOf(context)
  checkOnly(context.config, 'rms_scaling', [false])
  const params = scaleAndShift(context, channels)
  return [{ layer: layerNorm({ epsilon: numberAt(context.config, 'epsilon', 1e-3) }), params }]
}

const byGroup: Translator = (context) => {
  const { config } = context
  const channels = channelsOf(context)
  const groups = numberAt(config, 'groups', 32)
  const params = scaleAndShift(context, channels)
  return [{ layer: groupNorm(groups === -1 ? channels[0] : groups, { epsilon: numberAt(config, 'epsilon', 1e-3) }), params }] // prettier-ignore
}

/** A list of numbers, one for each channel, or the one of all; a list may be the only item of others. */
const numbersOf = (fields: Context['config'], name: string, missing: number): readonly number[] => {
  let found = itemsOf(valueAt(fields, name) ?? missing)
  while (found.length === 1 && Array.isArray(found[0])) found = itemsOf(found[0])
  return found.length > 0 && found.every((one): one is number => typeof one === 'number' && Number.isFinite(one))
    ? found
    : refuse(fields, name, 'a number or a list of them')
}

const rescaled: Translator = ({ config }) => [
  plain(fixedAffine({ scale: numbersOf(config, 'scale', 1), shift: numbersOf(config, 'offset', 0) })),
]

/** The stand-in for a deviation of zero. */
const leastDeviation = 1e-7

/** `(x - mean) / √variance`, by the numbers that it was given or has adapted to. */
const standardised: Translator = (context) => {
  const { config } = context
  checkOnly(config, 'invert', [false])
  const [mean, variance] = momentsOf(context)
  const scale = variance.map((number) => 1 / Math.max(Math.sqrt(number), leastDeviation))
  const shift = scale.map((factor, i) => -factor * (mean[i] ?? mean[0] ?? 0))
  return [plain(fixedAffine({ scale, shift }))]
}

const momentsOf = (context: Context): readonly [readonly number[], readonly number[]] => {
  const { config, weights } = context
  const axes = itemsOf(valueAt(config, 'axis') ?? [])
  const shape = axes.length === 0 ? [] : [...channelsOf(context)]
  if (valueAt(config, 'mean') !== undefined) return [numbersOf(config, 'mean', 0), numbersOf(config, 'variance', 1)]
  const { mean, variance } = weights({ mean: shape, variance: shape })
  return scope(() => [[...mean().dataSync()], [...variance().dataSync()]])
}

/** Translators of normalisations. */
export const normalisations: Readonly<Record<string, Translator>> = {
  BatchNormalization: byStatistics,
  GroupNormalization: byGroup,
  LayerNormalization: byPosition,
  Normalization: standardised,
  Rescaling: rescaled,
}
