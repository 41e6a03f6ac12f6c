import type { AttentionOptions } from './attention.ts'
import type { Conv2dOptions } from './conv2d.ts'
import type { ConvolutionOptions } from './convolution.ts'
import type { PoolOptions } from './pool.ts'
import type { StepPoolOptions } from './pool1d.ts'
import type { MaskedOptions } from './sequence.ts'
import { booleanAt, countAt, extentAt, numberAt, oneOfAt, paddingAt, type Fields } from './spec-fields.ts'

/** The options of a pool. */
export const pooling = (fields: Fields): PoolOptions => ({
  stride: extentAt(fields, 'stride'),
  padding: paddingAt(fields),
})

/** The options of a pool over steps. */
export const stepPooling = (fields: Fields): StepPoolOptions => ({
  stride: countAt(fields, 'stride'),
  padding: oneOfAt(fields, 'padding', ['same', 'valid']),
})

/** The options of a convolution. */
export const convolution = (fields: Fields): ConvolutionOptions => ({
  ...pooling(fields),
  dilation: extentAt(fields, 'dilation'),
  bias: booleanAt(fields, 'bias'),
})

/** The options of a convolution that may have groups. */
export const grouped = (fields: Fields): Conv2dOptions => ({
  ...convolution(fields),
  ...(fields.values['groups'] !== undefined && { groups: countAt(fields, 'groups') }),
})

/** The option of a layer over steps. */
export const masking = (fields: Fields): MaskedOptions => ({ masked: booleanAt(fields, 'masked') })

/** The options of an attention. */
export const attending = (fields: Fields): AttentionOptions => ({
  ...masking(fields),
  dropout: numberAt(fields, 'dropout'),
  ...(fields.values['window'] !== undefined && { window: countAt(fields, 'window') }),
})

/** The token of an embedding that is padding, if it is not 0. */
export const paddingToken = (fields: Fields): { readonly padding?: number } =>
  fields.values['padding'] === undefined ? {} : { padding: countAt(fields, 'padding') }
