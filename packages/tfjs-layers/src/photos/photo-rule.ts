import { isRecord, OptionError } from '@ptu/core'

/** Numbers for all channels alike, or one for each. */
export type PerChannel = number | readonly number[]

/** The rule by which a picture becomes the pixels that a network reads. */
export interface PhotoRule {
  /** Height and width that the network reads. */
  readonly size: readonly [height: number, width: number]
  /** 3 for red, green and blue, which is the default; 1 for grey. */
  readonly channels?: 1 | 3
  /** Changes the aspect ratio, which is the default; cuts off the longer side; or adds a border. */
  readonly fit?: 'squash' | 'crop' | 'pad'
  /**
   * For `'crop'`: the pixels of the shorter side before the middle is cut out; unless given, the picture just covers
   * `size`.
   */
  readonly shorter?: number
  /** Colour under transparent parts and around `'pad'`, 0 to 255; default white. */
  readonly background?: readonly [red: number, green: number, blue: number]
}

/** A rule with nothing left to default. */
export interface FullPhotoRule extends PhotoRule {
  readonly channels: 1 | 3
  readonly fit: 'squash' | 'crop' | 'pad'
  readonly background: readonly [red: number, green: number, blue: number]
}

const isSide = (side: unknown): side is number => Number.isSafeInteger(side) && (side as number) >= 1

const isByte = (level: unknown): boolean => Number.isFinite(level) && (level as number) >= 0 && (level as number) <= 255

const isListOf = (length: number, is: (value: unknown) => boolean, value: unknown): boolean =>
  Array.isArray(value) && value.length === length && value.every(is)

const fits: ReadonlySet<unknown> = new Set(['squash', 'crop', 'pad'])

/** Each part of a rule, its requirement, and a test of it, for values that may come from a file. */
const parts: readonly (readonly [name: string, must: string, is: (value: unknown, rule: FullPhotoRule) => boolean])[] =
  [
    ['size', 'a height and a width in whole pixels', (size) => isListOf(2, isSide, size)],
    ['channels', '1 for grey or 3 for colour', (channels) => channels === 1 || channels === 3],
    ['fit', 'squash, crop or pad', (fit) => fits.has(fit)],
    ['background', 'red, green and blue from 0 to 255', (background) => isListOf(3, isByte, background)],
    [
      'shorter',
      'at least the larger side of size, in whole pixels',
      (shorter, { size }) => shorter === undefined || (isSide(shorter) && shorter >= Math.max(...size)),
    ],
  ]

/** A rule with its defaults filled in. Throws an `OptionError` that says which part is wrong. */
export const fullPhotoRule = ({ size, channels, fit, shorter, background }: PhotoRule): FullPhotoRule => {
  const rule: FullPhotoRule = {
    size,
    channels: channels ?? 3,
    fit: fit ?? 'squash',
    background: background ?? [255, 255, 255],
    ...(shorter !== undefined && { shorter }),
  }
  for (const [name, must, is] of parts) {
    const value: unknown = rule[name as keyof FullPhotoRule]
    if (!is(value, rule)) throw new OptionError(`expected ${name} to be ${must}, got ${JSON.stringify(value)}`)
  }
  return rule
}

/** The numbers for each of `channels` channels. Throws `OptionError` for a wrong count or numbers that are not finite. */
export const perChannel = (name: string, value: PerChannel, channels: number): readonly number[] => {
  const list = typeof value === 'number' ? Array.from({ length: channels }, () => value) : value
  if (list.length === channels && list.every(Number.isFinite)) return list
  throw new OptionError(`expected ${name} to be a number or ${channels} numbers, got ${JSON.stringify(value)}`)
}

/** The facts about a photo model in its user-defined metadata. */
export interface PhotoFacts {
  readonly labels: readonly string[]
  readonly rule: FullPhotoRule
}

/** The facts in a model's user-defined metadata; undefined if it is not from `photoLayersModel`. */
export const photoFactsIn = (metadata: unknown): PhotoFacts | undefined => {
  if (!isRecord(metadata)) return undefined
  const { labels, photo } = metadata
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === 'string') || !isRecord(photo))
    return undefined
  return { labels, rule: fullPhotoRule(photo as unknown as PhotoRule) }
}
