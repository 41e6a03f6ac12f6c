import { OptionError } from '@ptu/core'

import type { LayerSpec } from './layer.ts'
import { checkWindow, extentOf, pairOf, shownExtent, type Extent, type Padding, type Window } from './window.ts'

/** The options of a pooling layer. */
export interface PoolOptions {
  /** Default `size`: windows that touch and do not overlap. */
  readonly stride?: Extent
  /** Default `'valid'`. Padding never enters the result: a maximum or mean is over the positions inside the map. */
  readonly padding?: Padding
}

/**
 * The window of a pooling layer and its spec.
 *
 * Throws `OptionError` for a padding that would hold a whole window.
 */
export const poolWindow = (
  type: 'averagePool' | 'maxPool',
  size: Extent,
  { stride = size, padding = 'valid' }: PoolOptions,
): { readonly name: string; readonly window: Window; readonly spec: LayerSpec } => {
  const name = `${type}(${shownExtent(size)})`
  const slides = { size: extentOf(size), stride: extentOf(stride), padding }
  const window = { ...slides, dilation: 1 }
  checkWindow(name, window)
  for (const [axis, length] of pairOf(size).entries()) {
    const largest = Math.max(...sidesOf(padding, axis))
    if (largest >= length)
      throw new OptionError(
        `${name}: expected a padding below the size, got ${largest}: a window would hold no position`,
      )
  }
  return { name, window, spec: { type, ...slides } }
}

/** The padding at both ends of an axis, where it is given in numbers. */
const sidesOf = (padding: Padding, axis: number): readonly number[] => {
  if (typeof padding === 'string') return [0]
  return typeof padding === 'number' ? [padding] : (padding[axis] ?? [0])
}
