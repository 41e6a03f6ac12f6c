import { notNegative } from './options.ts'
import type { Schedule } from './optimizer.ts'

/** A learning rate: a number, or a function of the step. */
export type Rate = number | Schedule

/**
 * The rate as a schedule that is checked: at once where it is a number, at each step where it is a function.
 *
 * Throws `OptionError` for a rate that is negative or not finite.
 */
export const scheduleOf = (rate: Rate): Schedule => {
  if (typeof rate === 'function') return (step) => notNegative(`the rate at step ${String(step)}`, rate(step))
  const value = notNegative('the rate', rate)
  return () => value
}
