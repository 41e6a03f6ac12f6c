import * as E from 'fp-ts/lib/Either.js'

import { ImportError } from './errors.ts'

/** What `f` returns, or the {@link ImportError} that it throws. Other errors are bugs and pass. */
export const attempt = <A>(f: () => A): E.Either<ImportError, A> => {
  try {
    return E.right(f())
  } catch (cause) {
    if (cause instanceof ImportError) return E.left(cause)
    throw cause
  }
}
