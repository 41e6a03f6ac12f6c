import { DataError } from './errors.ts'

/** The progress and abort of a long reading. */
export interface Watch {
  readonly signal?: AbortSignal | undefined
  /** Called with how much was read: before each file and at the end, or with bytes now and then. */
  readonly progress?: ((done: number, total: number) => void) | undefined
}

/** Throws `DataError` if the signal of a watch has aborted. */
export const checkGoingOn = ({ signal }: Watch): void => {
  if (signal?.aborted === true) throw new DataError('reading was stopped')
}
