import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { brown, type BrownGenre } from './brown.ts'
import { universalTags } from './brown-tags.ts'
import type { Dataset } from './dataset.ts'
import { readTexts } from './decode-texts.ts'
import { encodeTexts } from './encode-texts.ts'
import { DataError } from './errors.ts'
import type { TextFormat } from './text-records.ts'

/** Texts with a tag for each token; a text may have `steps` tokens at most. */
export type TextSpec =
  | { readonly kind: 'brown'; readonly genres: readonly BrownGenre[]; readonly steps?: number }
  | {
      readonly kind: 'tags'
      readonly path: string
      readonly format: TextFormat
      readonly tokens?: string
      readonly tags?: string
      readonly steps?: number
    }

/** Reads tagged texts and numbers their tokens. */
export const loadTagged = (
  spec: TextSpec,
  vocabulary: readonly string[] | undefined,
): TE.TaskEither<DataError, Dataset> => {
  const numbering = vocabulary === undefined ? {} : { vocabulary }
  if (spec.kind === 'brown') {
    const { steps = 60 } = spec
    return pipe(
      brown({ ...spec, steps }),
      TE.flatMapEither((texts) => encodeTexts(texts, { ...numbering, classes: universalTags, steps })),
    )
  }
  const { path, format, tokens, tags, steps = 200 } = spec
  const columns = { ...(tokens !== undefined && { text: tokens }), ...(tags !== undefined && { label: tags }) }
  return pipe(
    readTexts(path, { format, tagged: true, steps, ...columns }),
    TE.flatMapEither((texts) =>
      pipe(
        encodeTexts(texts, { ...numbering, steps }),
        E.mapLeft(({ message }) => new DataError(`cannot use ${path}: ${message}`)),
      ),
    ),
  )
}
