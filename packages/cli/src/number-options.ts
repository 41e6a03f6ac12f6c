import { InvalidArgumentError } from 'commander'

import { numeric } from './flags.ts'

/** A whole number from 0; anything else is refused by the parser. */
export const wholeNumber = (text: string): number => {
  const value = numeric(text)
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidArgumentError('Expected a whole number from 0.')
}

/** A whole number from 1; anything else is refused by the parser. */
export const countingNumber = (text: string): number => {
  const value = numeric(text)
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw new InvalidArgumentError('Expected a whole number from 1.')
}

/** A number from 0 to 1; anything else is refused by the parser. */
export const partOfOne = (text: string): number => {
  const value = numeric(text)
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('Expected a number from 0 to 1.')
}
