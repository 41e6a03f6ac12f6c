import { codeOf, messageOf } from '@ptu/core'

import { DataError } from './errors.ts'

/** Rows of more characters are refused, so that a quotation mark that never closes takes no more memory: 4 MiB. */
export const rowLimit: number = 2 ** 22

/** An error in the form of rows in words, where the row before it ended at line `last`; another error as it is. */
export const rowProblem = (cause: unknown, last: number): Error => {
  const from = `the row that begins at line ${last + 1}`
  const code = codeOf(cause)
  if (code === 'CSV_QUOTE_NOT_CLOSED')
    return new DataError(`a quotation mark in ${from} never closes; close it, or double it where it is part of a text`)
  if (code === 'CSV_MAX_RECORD_SIZE')
    return new DataError(
      `${from} has more than ${rowLimit} characters; close a quotation mark that opens in it, or shorten its texts`,
    )
  return cause instanceof Error ? cause : new DataError(messageOf(cause))
}
