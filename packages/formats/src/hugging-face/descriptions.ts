import { isRecord } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { configOf, count } from './config.ts'
import type { Pooling } from './model-type.ts'

/** The files of a folder that say how its network is used; all but the first may be missing. */
export interface FolderDescriptions {
  /** `config.json` */
  readonly config: Uint8Array
  /** `preprocessor_config.json`, of networks of pictures. */
  readonly preprocessor?: Uint8Array
  /** `1_Pooling/config.json`, of sentence-transformers. */
  readonly pooling?: Uint8Array
  /** `sentence_bert_config.json`, of sentence-transformers. */
  readonly sentences?: Uint8Array
}

/** The step from pixels of 0 to 1 to what a network reads: `(pixel - mean) / deviation`, for each channel. */
export interface PixelStep {
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

/** The JSON of a file. Throws `ImportError`. */
export const jsonIn = (name: string, bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new ImportError(`${name}: expected JSON`, { cause })
  }
}

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.length <= 64 && value.every(Number.isFinite)

/**
 * The step of pixels in a `preprocessor_config.json`; undefined where it names none. Throws `ImportError`.
 *
 * Its mean and deviation are those of pixels times `rescale_factor`, which brings them to 0 to 1 unless it says otherwise.
 */
export const pixelStepOf = (json: unknown, channels: number): PixelStep | undefined => {
  if (!isRecord(json)) throw new ImportError('preprocessor_config.json: expected a record')
  const scale = 255 * factorOf(json)
  const { image_mean: mean, image_std: deviation } = json['do_normalize'] === false ? noStep(channels) : json
  if (mean === undefined) return undefined
  if (!isNumbers(mean) || !isNumbers(deviation) || mean.length !== channels || deviation.length !== channels)
    throw new ImportError(`preprocessor_config.json: expected image_mean and image_std of ${channels} numbers`)
  if (deviation.includes(0)) throw new ImportError('preprocessor_config.json: expected image_std without 0')
  const scaled = (numbers: readonly number[]): readonly number[] =>
    Math.abs(scale - 1) < 1e-6 ? numbers : numbers.map((number) => number / scale)
  return { mean: scaled(mean), deviation: scaled(deviation) }
}

/** The factor of the pixels before the step, 1 where there is none. */
const factorOf = (json: Readonly<Record<string, unknown>>): number => {
  const factor = json['do_rescale'] === false ? 1 : (json['rescale_factor'] ?? 1 / 255)
  if (typeof factor === 'number' && factor > 0 && factor < Infinity) return factor
  throw new ImportError('preprocessor_config.json: expected rescale_factor to be a number above 0')
}

/** The step that changes nothing. */
const noStep = (channels: number): Readonly<Record<string, unknown>> => ({
  image_mean: Array.from({ length: channels }, () => 0),
  image_std: Array.from({ length: channels }, () => 1),
})

/** The pooling in a `1_Pooling/config.json`. Throws `ImportError` for one that is not known. */
export const poolingOf = (json: unknown): Pooling => {
  const modes = isRecord(json)
    ? Object.entries(json).filter(([name, value]) => name.startsWith('pooling_mode') && value === true)
    : []
  const known = { pooling_mode_mean_tokens: 'mean', pooling_mode_cls_token: 'class' } as const
  const name = modes[0]?.[0] ?? ''
  if (modes.length === 1 && Object.hasOwn(known, name)) return known[name as keyof typeof known]
  throw new ImportError(
    `1_Pooling/config.json: expected one pooling, ${Object.keys(known).join(' or ')}, got ${modes.map(([mode]) => mode).join(' and ') || 'none'}`,
  )
}

/** The most tokens of a text that a `sentence_bert_config.json` allows. */
export const longestOf = (json: unknown, most: number): number =>
  count({ ...configOf(json), place: 'sentence_bert_config.json' }, 'max_seq_length', most, { most })
