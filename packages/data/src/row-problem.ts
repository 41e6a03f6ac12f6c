import { codeOf, messageOf } from '@ptu/core'

import { DataError } from './errors.ts'

/** Rows of more characters are refused, so that a quotation mark that never closes takes no more memory: 4 MiB. */
export const rowLimit: number = 2 ** 22

/** The codes of csv-parse for a quotation mark before which, or after which, its cell has other text. */
const inText = ['INVALID_OPENING_QUOTE', 'CSV_INVALID_CLOSING_QUOTE', 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE']

/** An error in the form of rows in words, where the row before it ended at line `last`; another error as it is. */
export const rowProblem = (cause: unknown, last: number): Error => {
  const from = `the row that begins at line ${last + 1}`
  const code = codeOf(cause)
  if (code === 'CSV_QUOTE_NOT_CLOSED')
    return new DataError(`a quotation mark in ${from} never closes; close it, or double it where it is part of a text`)
  if (inText.includes(code))
    return new DataError(
      `a quotation mark in ${from} stands within a text; put the text between quotation marks, and double those that are part of it`,
    )
  if (code === 'CSV_MAX_RECORD_SIZE')
    return new DataError(
      `${from} has more than ${rowLimit} characters; close a quotation mark that opens in it, or shorten its texts`,
    )
  return cause instanceof Error ? cause : new DataError(messageOf(cause))
}
