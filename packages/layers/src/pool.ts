import { OptionError } from '@ptu/core'

import type { LayerSpec } from './layer.ts'
import { checkWindow, type Padding, type Window } from './window.ts'

/** The options of a pooling layer. */
export interface PoolOptions {
  /** Default `size`: windows that touch and do not overlap. */
  readonly stride?: number
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
  size: number,
  { stride = size, padding = 'valid' }: PoolOptions,
): { readonly name: string; readonly window: Window; readonly spec: LayerSpec } => {
  const name = `${type}(${size})`
  const window = { size, stride, padding, dilation: 1 }
  checkWindow(name, window)
  const largest = typeof padding === 'string' ? 0 : Math.max(...[padding].flat(2))
  if (largest >= size)
    throw new OptionError(`${name}: expected a padding below the size, got ${largest}: a window would hold no position`)
  return { name, window, spec: { type, size, stride, padding } }
}
