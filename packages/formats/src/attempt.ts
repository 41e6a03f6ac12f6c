import { ImportError } from '@ptu/networks'
import * as E from 'fp-ts/lib/Either.js'

/** What `f` returns, or the `ImportError` that it throws. Other errors are bugs and pass. */
export const attempt = <A>(f: () => A): E.Either<ImportError, A> => {
  try {
    return E.right(f())
  } catch (cause) {
    if (cause instanceof ImportError) return E.left(cause)
    throw cause
  }
}
