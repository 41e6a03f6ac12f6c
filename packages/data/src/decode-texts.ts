import { messageOf } from '@ptu/core'
import { readFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { lengthProblem } from './encode-texts.ts'
import { DataError, problemList, quoted, type Problems } from './errors.ts'
import { checkText } from './text.ts'
import { readRecords, type TextFormat, type TextRecord } from './text-records.ts'
import { tokenise, type Texts, type TokenUnit } from './texts.ts'

/** The options of {@link decodeTexts}: the format of the file and its columns. */
export interface TextFileOptions {
  readonly format: TextFormat
  /** The column, or the field, of the text; unless given `text`, or `tokens` if there are tags. */
  readonly text?: string
  /** The column of the label; unless given `label`, or `tags` if there are tags. */
  readonly label?: string
  /**
   * True if each token has a tag.
   *
   * Tokens and tags are then lists in JSONL, or texts with white space between their members; tokens stay as they are.
   * Default false: a text has one label, and `tokenise` cuts it up.
   */
  readonly tagged?: boolean
  /** The unit into which a text is cut if it is not tagged; `word` unless given. */
  readonly unit?: TokenUnit
  /** The most tokens of a text; 200 unless given. A longer one is a problem of the file: nothing is cut. */
  readonly steps?: number
}

/** Files beyond this are refused: 256 MiB. */
const byteLimit = 2 ** 28

type Fields = Required<Omit<TextFileOptions, 'format'>>

const fieldsOf = ({ tagged = false, text, label, unit = 'word', steps = 200 }: TextFileOptions): Fields => ({
  text: text ?? (tagged ? 'tokens' : 'text'),
  label: label ?? (tagged ? 'tags' : 'label'),
  tagged,
  unit,
  steps,
})

/**
 * Reads a table or lines of JSON with a column of texts and one of labels.
 *
 * Every problem is reported with its line, the first ten in one Left: broken rows, columns that are missing, empty
 * texts and labels, texts beyond `steps` tokens, numbers of tags that differ from those of tokens. Text must be UTF-8
 * without NUL bytes.
 *
 * @example
 * ```ts
 * const texts = decodeTexts(new TextEncoder().encode('text,label\n"Go on!",order'), { format: 'csv' })
 * expect(texts).toEqual(E.right({ sequences: [['go', 'on', '!']], labels: [['order']], tagged: false }))
 * ```
 */
export const decodeTexts = (bytes: Uint8Array, options: TextFileOptions): E.Either<DataError, Texts> =>
  pipe(
    checkText(bytes),
    E.flatMap(() => textsIn(bytes, options.format, fieldsOf(options))),
  )

const textsIn = (bytes: Uint8Array, format: TextFormat, fields: Fields): E.Either<DataError, Texts> => {
  const problems = problemList()
  const sequences: (readonly string[])[] = []
  const labels: (readonly string[])[] = []
  const read = E.tryCatch(() => {
    readRecords(bytes, { format, columns: [fields.text, fields.label], problems }, (record) => {
      const [sequence, own] = [sequenceOf(record, fields, problems), labelsOf(record, fields, problems)]
      const problem = problemOf(sequence, own, fields)
      if (problem !== undefined) problems.add(`line ${String(record.line)}: ${problem}`)
      if (problems.count() > 0) return
      sequences.push(sequence)
      labels.push(own)
    })
  }, messageOf)
  if (E.isLeft(read)) return E.left(new DataError(read.left))
  if (problems.count() > 0) return E.left(new DataError(`it has problems:${problems.text()}`))
  if (sequences.length === 0) return E.left(new DataError('expected at least one text, got none'))
  return E.right({ sequences, labels, tagged: fields.tagged })
}

const problemOf = (
  sequence: readonly string[],
  own: readonly string[],
  { tagged, steps }: Fields,
): string | undefined => {
  if (own.some((label) => label === '')) return 'a label is empty'
  if (tagged && own.length !== sequence.length)
    return `expected a tag for each of ${String(sequence.length)} tokens, got ${String(own.length)}`
  return lengthProblem(sequence.length, steps)
}

const sequenceOf = (record: TextRecord, { text, tagged, unit }: Fields, problems: Problems): readonly string[] =>
  tagged ? listOf(record, text, problems) : tokenise(textOf(record, text, problems), unit)

const labelsOf = (record: TextRecord, { label, tagged }: Fields, problems: Problems): readonly string[] =>
  tagged ? listOf(record, label, problems) : [textOf(record, label, problems).trim()]

/** A field that is one text; a number or a truth value is taken as it is written. */
const textOf = ({ line, fields }: TextRecord, name: string, problems: Problems): string => {
  const value = fields.get(name)
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  problems.add(`line ${String(line)}: expected a text in ${quoted(name)}, got ${kindOf(value)}`)
  return ''
}

/** A field that is a list of texts, or a text with white space between its members. */
const listOf = ({ line, fields }: TextRecord, name: string, problems: Problems): readonly string[] => {
  const value = fields.get(name)
  if (typeof value === 'string') return value.normalize('NFC').split(/\s+/).filter(Boolean)
  if (Array.isArray(value) && value.every((member) => typeof member === 'string'))
    return value.map((member) => member.normalize('NFC'))
  problems.add(`line ${String(line)}: expected a list of texts in ${quoted(name)}, got ${kindOf(value)}`)
  return []
}

const kindOf = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing'
  return Array.isArray(value) ? 'a list with something else' : `a ${typeof value}`
}

/** Reads a file as {@link decodeTexts} does; files beyond 256 MiB are refused. */
export const readTexts = (path: string, options: TextFileOptions): TE.TaskEither<DataError, Texts> =>
  pipe(
    readFile(path, byteLimit),
    TE.mapLeft(({ message }) => new DataError(message)),
    TE.flatMapEither((bytes) =>
      pipe(
        decodeTexts(bytes, options),
        E.mapLeft(({ message }) => new DataError(`cannot read ${path}: ${message}`)),
      ),
    ),
  )
