import { suggestion } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'

import { UsageError } from './errors.ts'

/**
 * Finds a name in a table; a misspelt name is answered with the nearest.
 *
 * @example
 * ```ts
 * expect(E.isRight(namedIn('body', bodies, 'lenet'))).toBe(true)
 * ```
 */
export const namedIn = <A extends { readonly name: string }>(
  what: string,
  table: readonly A[],
  name: string,
): E.Either<UsageError, A> => {
  const found = table.find((value) => value.name === name)
  if (found !== undefined) return E.right(found)
  const names = table.map((value) => value.name)
  return E.left(
    new UsageError(`${what}: expected ${names.join(', ')}; got ${JSON.stringify(name)}${suggestion(name, names)}`),
  )
}
