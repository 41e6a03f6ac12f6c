import { OptionError } from '@ptu/core'

import { count, fraction, notNegative } from './options.ts'
import type { Schedule } from './optimizer.ts'

/** Half a cosine from `from` at 0 to `to` at 1. */
const ease = (from: number, to: number, part: number): number => to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2

/** The same value at every step. */
export const constant = (value: number): Schedule => {
  notNegative('value', value)
  return () => value
}

/** The options of {@link cosine}. */
export interface CosineOptions {
  /** The value at step 0. */
  readonly from: number
  /** The last value as a fraction of the first. */
  readonly to?: number
  /** The step from which the last value holds. */
  readonly steps: number
}

/**
 * Half a cosine from `from` to `to·from`: `from·(to + (1-to)·(1 + cos(π·t/steps))/2)` with `t = min(step, steps)`.
 *
 * References:
 *   Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, eq. 5, https://arxiv.org/abs/1608.03983
 *
 * @example
 * ```ts
 * const rate = cosine({ from: 4e-3, to: 0.02, steps: 300 })
 * expect([rate(0), rate(300)]).toEqual([4e-3, 4e-3 * 0.02])
 * ```
 */
export const cosine = ({ from, to = 0, steps }: CosineOptions): Schedule => {
  notNegative('from', from)
  fraction('to', to)
  count('steps', steps)
  return (step) => ease(from, from * to, Math.min(step / steps, 1))
}

/**
 * Rises in a line to the start of `schedule`, then follows it: `(step + 1)/steps · schedule(0)` before step `steps`,
 * `schedule(step - steps)` from there on.
 *
 * @example
 * ```ts
 * const rate = warmUp(100, cosine({ from: 0.1, steps: 900 }))
 * expect([rate(49), rate(99), rate(1000)]).toEqual([0.05, 0.1, 0])
 * ```
 */
export const warmUp = (steps: number, schedule: Schedule): Schedule => {
  count('steps', steps)
  return (step) => (step < steps ? ((step + 1) / steps) * schedule(0) : schedule(step - steps))
}

/** The options of {@link oneCycle}. */
export interface OneCycleOptions {
  /** The highest value. */
  readonly peak: number
  /** The number of steps in the cycle, at least 2. */
  readonly steps: number
  /** The share of the steps in which the value rises. */
  readonly rise?: number
  /** The first value as a fraction of the peak. */
  readonly from?: number
  /** The last value as a fraction of the peak. */
  readonly to?: number
}

/**
 * Rises by half a cosine to the peak and falls by half a cosine to the last value, which holds from step `steps - 1`
 * on.
 *
 * The peak lies at step `rise·steps - 1`, as in PyTorch's OneCycleLR.
 *
 * References:
 *   Smith & Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2018, §3, https://arxiv.org/abs/1708.07120
 *
 * @example
 * ```ts
 * const rate = oneCycle({ peak: 0.1, steps: 1000 })
 * expect(rate(0)).toBeCloseTo(0.1 / 25)
 * expect(rate(299)).toBe(0.1)
 * ```
 */
export const oneCycle = ({ peak, steps, rise = 0.3, from = 1 / 25, to = from * 1e-4 }: OneCycleOptions): Schedule => {
  notNegative('peak', peak)
  if (count('steps', steps) < 2) throw new OptionError('steps: expected at least 2, got 1')
  fraction('rise', rise)
  fraction('from', from)
  fraction('to', to)
  const [top, last] = [Math.max(0, rise * steps - 1), steps - 1]
  return (step) =>
    step < top
      ? ease(peak * from, peak, step / top)
      : ease(peak, peak * to, top === last ? 1 : Math.min((step - top) / (last - top), 1))
}
