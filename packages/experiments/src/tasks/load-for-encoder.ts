import { readRows, type SourceSpec, type TokenRule } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { toRunError, UsageError, type ExperimentError } from '../errors.ts'
import type { LoadedParts } from './load-parts.ts'
import { strayIn, strayOfTexts, unnamed } from './stray-options.ts'

/** Options of a table that an encoder of texts leaves no room for, each with what to do instead. */
const strays: Readonly<Record<string, string>> = {
  ...strayOfTexts,
  ...{ unit: 'the network brings its tokenizer', steps: 'say with --tokens how many tokens are read' },
}

/** Reads a table of texts and labels for a pretrained encoder, by its own tokenizer. */
export const loadForEncoder = (
  text: string,
  spec: SourceSpec,
  { tokens, warn }: { readonly tokens: TokenRule; readonly warn: (text: string) => void },
): TE.TaskEither<ExperimentError, LoadedParts> => {
  if (spec.kind !== 'table' && spec.kind !== 'texts')
    return TE.left(
      new UsageError(
        `${text}: expected a file of texts for an encoder of texts, with its columns where they cannot be told: ` +
          'reviews.csv#text=body&label=stars',
      ),
    )
  const stray = strayIn(spec, strays)
  if (stray !== undefined) return TE.left(new UsageError(`${text}: ${stray}`))
  const { path, ...named } = spec
  const { text: column, label, target, header } = { ...unnamed, ...named }
  return pipe(
    readRows(path, { kind: 'text', text: column, label, target, header, tokens }),
    TE.mapLeft(toRunError),
    TE.map(({ dataset, encoding, unreadable: [first, ...others], warnings }) => {
      if (first !== undefined)
        warn(`left out, ${others.length + 1} of the texts of ${path}, for instance ${first.path}: ${first.why}`)
      warnings.forEach(warn)
      return { train: dataset, test: undefined, encoding }
    }),
  )
}
