import { OptionError } from '@ptu/core'

/** Gives `value` back where it holds, and throws `OptionError` if it does not. */
const checked = (name: string, value: number, holds: boolean, wanted: string): number => {
  if (holds) return value
  throw new OptionError(`${name}: expected ${wanted}, got ${String(value)}`)
}

/** A finite number of at least 0. */
export const notNegative = (name: string, value: number): number =>
  checked(name, value, Number.isFinite(value) && value >= 0, 'a finite number of at least 0')

/** A finite number above 0. */
export const positive = (name: string, value: number): number =>
  checked(name, value, Number.isFinite(value) && value > 0, 'a finite number above 0')

/** A number from 0 up to, but not including, 1. */
export const belowOne = (name: string, value: number): number =>
  checked(name, value, value >= 0 && value < 1, 'a number in [0, 1)')

/** A number from 0 to 1. */
export const fraction = (name: string, value: number): number =>
  checked(name, value, value >= 0 && value <= 1, 'a number in [0, 1]')

/** A whole number of at least 1. */
export const count = (name: string, value: number): number =>
  checked(name, value, Number.isSafeInteger(value) && value >= 1, 'a whole number of at least 1')
