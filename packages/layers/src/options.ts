import { OptionError } from '@ptu/core'

/** Throws `OptionError` for anything but an integer of at least `least`. */
export const checkCount = (layer: string, name: string, value: number, least = 1): void => {
  if (!Number.isSafeInteger(value) || value < least)
    throw new OptionError(`${layer}: expected ${name} to be an integer of at least ${least}, got ${String(value)}`)
}

/** Throws `OptionError` for anything but a finite number above 0. */
export const checkPositive = (layer: string, name: string, value: number): void => {
  if (!(value > 0 && value < Infinity))
    throw new OptionError(`${layer}: expected ${name} to be above 0, got ${String(value)}`)
}
