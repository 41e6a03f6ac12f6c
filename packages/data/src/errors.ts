/** Data from outside cannot be used as asked: it is missing, malformed, or too small for the task. */
export class DataError extends Error {
  override readonly name = 'DataError'
}

/** `1 example`, `2 examples`. */
export const plural = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`
