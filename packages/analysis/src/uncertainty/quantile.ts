import { OptionError } from '@ptu/core'

/** The value below which a part `q` of the sorted values lies, linear between neighbours. */
export const quantile = (sorted: Float64Array, q: number): number => {
  const at = q * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN]
  return below === above ? below : below + (at - Math.floor(at)) * (above - below)
}

/** Throws `OptionError` unless a number lies between two others, ends excluded. */
export const checkBetween = (name: string, value: number, low: number, high: number): void => {
  if (!(value > low && value < high))
    throw new OptionError(`expected ${name} between ${String(low)} and ${String(high)}, got ${String(value)}`)
}

/** Throws `OptionError` unless a number is a whole one from `least` on. */
export const checkCount = (name: string, value: number, least: number): void => {
  if (!Number.isInteger(value) || value < least)
    throw new OptionError(`expected a whole number from ${String(least)} as ${name}, got ${String(value)}`)
}
