import type { Decoder } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'

/** The value that a text of a file's metadata holds; undefined if the decoder refuses it. */
export const readMetadata = <A>(decoder: Decoder<A>, text: string | undefined): A | undefined => {
  const parsed = E.tryCatch(
    () => JSON.parse(text ?? '') as unknown,
    () => undefined,
  )
  const decoded = E.isRight(parsed) ? decoder(parsed.right, []) : parsed
  return E.isRight(decoded) ? decoded.right : undefined
}
