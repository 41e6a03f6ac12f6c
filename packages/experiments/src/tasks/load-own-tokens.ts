import { bytesIn, sha256 } from '@ptu/core'
import {
  kindOfData,
  ownTokenizer,
  parseSource,
  readTextsOf,
  readWordVectors,
  tokensOf,
  type TextRowsSpec,
} from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { toRunError, UsageError, type ExperimentError } from '../errors.ts'
import type { TrainedSpec } from '../sources/trained-source.ts'
import { strayIn, strayOfTexts, unnamed } from './stray-options.ts'
import { loadRows, type TaskData } from './task-data.ts'

/** The most tokens of a text unless a spec says otherwise. */
const usualSteps = 128

/**
 * Reads texts with a label each by a tokenizer that is made from them: words that come once are unknown ones. `warn` is told of texts
 * that are cut and of the share of unknown tokens.
 */
export const loadOwnTokens = (
  spec: TrainedSpec,
  warn: (text: string) => void,
): TE.TaskEither<ExperimentError, TaskData> =>
  pipe(
    TE.fromEither(readingOf(spec)),
    TE.bindTo('rows'),
    TE.bindW('texts', ({ rows: { path, reading } }) => pipe(readTextsOf(path, reading), TE.mapLeft(toRunError))),
    TE.flatMap(({ rows: { path, reading, steps }, texts: { texts } }) => {
      const tokenizer = ownTokenizer(texts, { unit: reading.unit, atLeast: 2 })
      return pipe(
        loadRows(path, { ...reading, tokens: { tokenizer, steps: steps ?? usualSteps, padding: 0 } }, warn),
        TE.flatMap((data) => withVectors(data, tokensOf(tokenizer), spec.embeddings, warn)),
      )
    }),
  )

/** Adds the vectors that tokens start from, where a file of them is named. */
const withVectors = (
  data: TaskData,
  tokens: readonly string[],
  path: string | undefined,
  warn: (text: string) => void,
): TE.TaskEither<ExperimentError, TaskData> => {
  if (path === undefined) return TE.right(data)
  return pipe(
    readWordVectors(path, tokens),
    TE.mapLeft((error): ExperimentError => toRunError(error)),
    TE.tapIO(({ notes }) => () => {
      for (const note of notes) warn(`${path}: ${note}`)
    }),
    TE.flatMapTask((vectors) => async () => {
      const own = await Promise.all([vectors.values, vectors.known].map((part) => sha256(bytesIn(part))))
      return { ...data, vectors, digest: await sha256([data.digest, ...own].join()) }
    }),
  )
}

/**
 * Tells whether a data spec means texts with one label each, as `ptu train` would take its file: a published set, a table with a column
 * named for texts or called `text`, or one of two columns with words.
 */
export const holdsTexts = (data: string): TE.TaskEither<ExperimentError, boolean> => {
  const parsed = parseSource(data)
  if (E.isLeft(parsed)) return TE.right(false)
  const { right: spec } = parsed
  if (spec.kind !== 'table') return TE.right(spec.kind === 'texts')
  if (spec.text !== undefined || spec.unit !== undefined || spec.steps !== undefined) return TE.right(true)
  if (strayIn(spec, strayOfTexts) !== undefined) return TE.right(false)
  return pipe(
    kindOfData(spec.path),
    TE.bimap(toRunError, (kind) => kind === 'text'),
  )
}

interface Reading {
  readonly path: string
  readonly reading: TextRowsSpec
  readonly steps: number | undefined
}

/** The file of the texts and their columns, from the reading of a training or from a data spec. */
const readingOf = ({ data, body = 'text-lstm', reading, tokens }: TrainedSpec): E.Either<ExperimentError, Reading> => {
  const wrong = new UsageError(
    `expected texts with one label each for the body ${body}, got ${data}; name another --body`,
  )
  if (reading !== undefined)
    return reading.kind === 'text' ? E.right({ path: data, reading, steps: tokens }) : E.left(wrong)
  const parsed = parseSource(data)
  if (E.isLeft(parsed)) return E.left(new UsageError(parsed.left.message))
  const { right: spec } = parsed
  if (spec.kind !== 'table' && spec.kind !== 'texts') return E.left(wrong)
  const stray = strayIn(spec, strayOfTexts)
  if (stray !== undefined) return E.left(new UsageError(`${data}: ${stray}`))
  const { path, unit, steps, ...columns } = spec
  const { text, label, target, header } = { ...unnamed, ...columns }
  return E.right({ path, reading: { kind: 'text', text, label, target, header, unit }, steps: tokens ?? steps })
}
