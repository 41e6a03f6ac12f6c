import { ImportError } from '@ptu/networks'
import * as E from 'fp-ts/lib/Either.js'

/** Runs `f`; a Left holds the `ImportError` that it throws. Other errors are bugs and are thrown on. */
export const attempt = <A>(f: () => A): E.Either<ImportError, A> => {
  try {
    return E.right(f())
  } catch (cause) {
    if (cause instanceof ImportError) return E.left(cause)
    throw cause
  }
}
