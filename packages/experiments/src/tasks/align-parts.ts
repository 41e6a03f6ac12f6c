import { alignTable, type Column, type Dataset } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'

import { RunError } from '../errors.ts'

/** The columns that rows are brought to. */
export interface KnownColumns {
  /** The columns of an earlier table, in the order in which a network reads them; undefined if there are none. */
  readonly table?: readonly Column[] | undefined
  /** The outcome where the names are others: refused unless given, or taken in their own order with a warning. */
  readonly others?: 'refuse' | 'warn'
  readonly warn?: (text: string) => void
}

/** Rows with their columns; examples that are no rows have none. */
interface Rows {
  readonly train: Dataset
  readonly table?: readonly Column[]
}

/**
 * Brings rows to known columns by name, in their order. What are no rows, or what no columns are known for, stays as it is.
 *
 * A Left names columns that are missing, too many or of another kind, and categories that are not known.
 */
export const alignParts = <P extends Rows>(
  name: string,
  parts: P,
  { table: known, others = 'refuse', warn = () => undefined }: KnownColumns,
): E.Either<RunError, P> => {
  const { table, train } = parts
  if (table === undefined || known === undefined) return E.right(parts)
  if (others === 'warn' && namesOf(table) !== namesOf(known)) {
    warn(
      `the columns of ${name} are not called like those that the source network was trained on: they are taken in their own order`,
    )
    return E.right(parts)
  }
  const aligned = alignTable(known, { dataset: train, columns: table })
  return E.isLeft(aligned)
    ? E.left(new RunError(`${name}: ${aligned.left.message}`))
    : E.right({ ...parts, train: aligned.right.dataset, table: known })
}

/** The names of columns in an order of their own. */
const namesOf = (columns: readonly Column[]): string => JSON.stringify(columns.map(({ name }) => name).toSorted())
