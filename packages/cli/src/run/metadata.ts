import { list, number, oneOrList, struct, type Decoder } from '@ptu/config'
import type { Normalisation } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'

/** How inputs were normalised, as it stands in the metadata of a file. */
export const normalisationDecoder: Decoder<Normalisation> = struct({
  mean: oneOrList(number(), list(number(), { min: 1 })),
  deviation: oneOrList(number({ above: 0 }), list(number({ above: 0 }), { min: 1 })),
})

/** What a text of a file's metadata holds; undefined where it is not what was written there. */
export const readMetadata = <A>(decoder: Decoder<A>, text: string | undefined): A | undefined => {
  const parsed = E.tryCatch(
    () => JSON.parse(text ?? '') as unknown,
    () => undefined,
  )
  const decoded = E.isRight(parsed) ? decoder(parsed.right, []) : parsed
  return E.isRight(decoded) ? decoded.right : undefined
}
