import { foldIn, key } from '@ptu/core'
import { augmented, type Augmentation, type Dataset } from '@ptu/data'

/** The strength of each change of pictures that a training may ask for by name. */
const strengths: Required<Augmentation> = { flip: 0.5, crop: 0.2, shift: 0.1, colour: 0.2, amplitudes: 0.5 }

/** A change of pictures by name. */
export type AugmentationName = keyof Augmentation

/** The names of the changes that a training may ask for. */
export const augmentationNames: readonly AugmentationName[] = ['flip', 'crop', 'shift', 'colour', 'amplitudes']

/** The most changed copies of each picture that are kept. */
const mostViews = 4

/** The most bytes that the kept copies may take: 256 MiB. Each thread copies those that it trains on. */
const budget = 256 * 2 ** 20

/** The changes that a training asks for, and what one copy of all its pictures takes. */
export interface ViewRequest {
  readonly names: readonly AugmentationName[]
  /** Bytes of all pictures as the frozen blocks give them. */
  readonly bytes: number
}

/**
 * Counts the changed copies of each picture that are kept: 4, or as many as take 256 MiB together.
 *
 * One mirrored copy is all that there is where only `flip` is asked for.
 *
 * @example
 * ```ts
 * expect(viewCount({ names: ['flip', 'crop'], bytes: 2 ** 20 })).toBe(4)
 * expect(viewCount({ names: ['flip'], bytes: 2 ** 20 })).toBe(1)
 * expect(viewCount({ names: ['crop'], bytes: 100 * 2 ** 20 })).toBe(2)
 * ```
 */
export const viewCount = ({ names, bytes }: ViewRequest): number => {
  if (names.length === 0) return 0
  const wanted = isMirror(names) ? 1 : mostViews
  return Math.min(wanted, Math.floor(budget / Math.max(1, bytes)))
}

/** Changes every picture once; copy `view` of a seed is always the same. */
export const viewOf = (pictures: Dataset, names: readonly AugmentationName[], seed: number, view: number): Dataset => {
  const own = foldIn(foldIn(key(seed), 0xa06), view)
  const chosen = Object.fromEntries(names.map((name) => [name, strengths[name]]))
  return augmented(own, pictures, isMirror(names) ? { flip: 1 } : chosen)
}

const isMirror = (names: readonly AugmentationName[]): boolean => names.every((name) => name === 'flip')
