import { foldBatchNorm, frozenBatchNorm, layerNorm } from '@ptu/layers'
import { scope, type ParamTree } from '@ptu/tensor'
import { ones, reshape, zeros, type Tensor } from '@tensorflow/tfjs-core'

import { checkOnly, numberAt } from '../layers-model/fields.ts'
import type { StoredTensor } from '../stored-tensor.ts'
import { asLast, refuseNode, shownSizes, weightIf, weightOf, type OnnxContext, type OnnxTranslator } from './context.ts'
import { axesOf } from './folding.ts'
import { orderAlong } from './operands.ts'
import { sizeOf } from './value.ts'

/** Makers of constants `[channels]` in the order of the channels in memory. */
const alongChannels = (context: OnnxContext, axis: number) => {
  const shaped = asLast(context, axis)
  const channels = sizeOf(shaped.value.axes[axis] ?? [])
  const make = (tensor: StoredTensor): Tensor => reshape(tensor.arranged(orderAlong(shaped.value, axis)), [channels])
  return { ...shaped, channels, make }
}

const byStatistics: OnnxTranslator = (context) => {
  const { config, value } = context
  checkOnly(config, 'training_mode', [0])
  if (value.axes.length < 2) return refuseNode(context, `expected channels on axis 1, got ${shownSizes(value)}`)
  const { parts, value: shaped, channels, make } = alongChannels(context, 1)
  const [gamma, beta, mean, variance] = (['scale', 'B', 'mean', 'variance'] as const).map((name, i) => weightOf(context, i + 1, name, [channels])) // prettier-ignore
  const made = (tensor: StoredTensor | undefined): Tensor => (tensor ? make(tensor) : zeros([channels]))
  const epsilon = numberAt(config, 'epsilon', 1e-5)
  const params = (): ParamTree =>
    scope(() =>
      foldBatchNorm({ gamma: made(gamma), beta: made(beta), mean: made(mean), variance: made(variance), epsilon }),
    )
  return { parts: [...parts, { layer: frozenBatchNorm, params }], value: { ...shaped, kind: 'computed' } }
}

const byPosition: OnnxTranslator = (context) => {
  const { config, value } = context
  const rank = value.axes.length
  const [axis] = axesOf([numberAt(config, 'axis', -1)], rank, config)
  if (axis !== rank - 1)
    return refuseNode(context, `expected it to run over the last axis, got ${String(axis)} of ${rank}`)
  const { parts, value: shaped, channels, make } = alongChannels(context, axis)
  const scale = weightIf(context, 1, 'Scale', [channels])
  const shift = weightIf(context, 2, 'B', [channels])
  const params = (): ParamTree =>
    scope(() => ({ scale: scale ? make(scale) : ones([channels]), shift: shift ? make(shift) : zeros([channels]) }))
  const layer = layerNorm({ epsilon: numberAt(config, 'epsilon', 1e-5) })
  return { parts: [...parts, { layer, params }], value: { ...shaped, kind: 'computed' } }
}

/** Translators of normalisations. */
export const normalisations: Readonly<Record<string, OnnxTranslator>> = {
  BatchNormalization: byStatistics,
  LayerNormalization: byPosition,
}
