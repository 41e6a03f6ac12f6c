import { ownTokenizer, parseSource, readTextsOf, type TextRowsSpec } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { toRunError, UsageError, type ExperimentError } from '../errors.ts'
import type { TrainedSpec } from '../sources/trained-source.ts'
import { loadRows, type TaskData } from './task-data.ts'

/** The most tokens of a text unless a spec says otherwise. */
const usualSteps = 128

/** Reads texts with a label each by a tokenizer that is made from them: words that come once are unknown ones. */
export const loadOwnTokens = (spec: TrainedSpec): TE.TaskEither<ExperimentError, TaskData> =>
  pipe(
    TE.fromEither(readingOf(spec)),
    TE.bindTo('rows'),
    TE.bindW('texts', ({ rows: { path, reading } }) => pipe(readTextsOf(path, reading), TE.mapLeft(toRunError))),
    TE.flatMap(({ rows: { path, reading }, texts: { texts } }) => {
      const tokenizer = ownTokenizer(texts, { unit: reading.unit, atLeast: 2 })
      return loadRows(path, { ...reading, tokens: { tokenizer, steps: spec.tokens ?? usualSteps, padding: 0 } })
    }),
  )

interface Reading {
  readonly path: string
  readonly reading: TextRowsSpec
}

/** The file of the texts and their columns, from the reading of a training or from a data spec. */
const readingOf = ({ data, body = '', reading }: TrainedSpec): E.Either<ExperimentError, Reading> => {
  const wrong = new UsageError(
    `expected texts with one label each for the body ${body}, got ${data}; name another --body`,
  )
  if (reading !== undefined) return reading.kind === 'text' ? E.right({ path: data, reading }) : E.left(wrong)
  const spec = parseSource(data)
  if (E.isLeft(spec)) return E.left(new UsageError(spec.left.message))
  if (spec.right.kind !== 'table' && spec.right.kind !== 'texts') return E.left(wrong)
  const { path, unit, ...columns } = spec.right
  const { text, label, header } = { text: undefined, label: undefined, header: undefined, ...columns }
  return E.right({ path, reading: { kind: 'text', text, label, header, unit } })
}
