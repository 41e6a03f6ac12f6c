import { key } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { bagOfWords } from './classify-texts.ts'
import { sizeOf, take, type Dataset } from './dataset.ts'
import { readTable, type TableOptions } from './decode-table.ts'
import { drawnPart, type DrawLimits } from './draw-part.ts'
import { rowWords, type Encoding, type TokenRule } from './encoding.ts'
import { DataError, plural, quoted } from './errors.ts'
import { counted as withRepeated } from './counted-texts.ts'
import type { LabelledTextOptions, LabelledTexts } from './labelled-texts.ts'
import { readTextsOf } from './named-texts.ts'
import { numberTexts, type NumberedTexts, type TextColumns } from './number-texts.ts'
import type { Unreadable } from './photo-folder.ts'
import type { Watch } from './watch.ts'
import { missingLabels } from './missing-labels.ts'
import { isNumber } from './numbers.ts'
import type { TokenUnit } from './texts.ts'
import { withTargets } from './with-targets.ts'

/** A table of numbers and categories to learn from. */
export interface TableRowsSpec extends Pick<TableOptions, 'missing' | 'categories' | 'ignore' | 'header' | 'target'> {
  readonly kind: 'table'
  readonly label?: string | undefined
}

/** A table of texts to learn from. */
export interface TextRowsSpec extends Pick<LabelledTextOptions, 'header' | 'target'> {
  readonly kind: 'text'
  readonly text?: string | undefined
  readonly label?: string | undefined
  readonly unit?: TokenUnit | undefined
  /** The rule of a pretrained encoder; unless given, texts are counted by their words. */
  readonly tokens?: TokenRule | undefined
}

/** The options for reading a file's rows to learn from. */
export type RowsSpec = TableRowsSpec | TextRowsSpec

/** Labelled rows as a data set, and what a model must remember to read others like them. */
export interface LabelledRows {
  readonly dataset: Dataset
  readonly encoding: Encoding
  /** File and line of each example: `data.csv:12`. */
  readonly names: readonly string[]
  /** The number of examples that these were drawn from; absent where none was left out. */
  readonly drawnFrom?: number
  /** An example as people read it. */
  readonly shown: (place: number) => string
  /** Rows that were left out, and why. */
  readonly unreadable: readonly Unreadable[]
  /** Notes for people to read before they are used. */
  readonly warnings: readonly string[]
}

/** A reading of labelled rows. */
export type ReadRows = TE.TaskEither<DataError, LabelledRows>

/**
 * Reads labelled rows to learn from: numbers and categories of a table, or texts as counts of their words. In place of the path of texts
 * stands the name of a published set, such as `spam-assassin`.
 *
 * The columns, categories and the vocabulary are those of this file. The label is the column that is named, or that
 * `TableOptions.label` tells for certain; a warning says which was taken. Of more rows than `limits` allow a part is drawn,
 * as {@link drawnPart} does, texts as if they had 5,000 different tokens; columns and their means are those of all rows. `watch`
 * is told of the bytes that were read, and may end the reading.
 */
export const readRows = (path: string, spec: RowsSpec, limits: DrawLimits = unlimited, watch: Watch = {}): ReadRows =>
  spec.kind === 'table' ? tableRows(path, spec, limits, watch) : textRows(path, spec, limits, watch)

const unlimited: DrawLimits = { key: key(0), examples: Infinity, numbers: Infinity }

const tableRows = (
  path: string,
  { kind, label, ...options }: TableRowsSpec,
  limits: DrawLimits,
  watch: Watch,
): ReadRows =>
  pipe(
    readTable(path, { ...options, label }, watch),
    TE.filterOrElse(
      ({ target, dataset: { labels, classes } }) =>
        target !== undefined || (classes.length >= 2 && 2 * classes.length <= labels.length),
      ({ label: name, dataset: { labels, classes } }) =>
        new DataError(
          `cannot read ${path}: expected two classes or more with two rows each, the label ${quoted(name)} has ` +
            `${plural(classes.length, 'value')} in ${plural(labels.length, 'row')}; name another column with --label` +
            (classes.every(isNumber) ? ', or predict numbers with --regress' : ''),
        ),
    ),
    TE.map(({ dataset: all, columns, label: name, target, lines, warnings }) => {
      const size = sizeOf(all.shape)
      const places = drawnPart(all.labels, size, limits)
      const dataset = places.length < lines.length ? take(all, places) : all
      return {
        dataset,
        encoding: { kind, label: name, ...(target && { target }), columns, missing: options.missing ?? 'refuse' },
        names: places.map((place) => `${path}:${lines[place] ?? ''}`),
        ...(places.length < lines.length && { drawnFrom: lines.length }),
        shown: (place: number) => rowWords(columns, dataset.features.subarray(place * size, (place + 1) * size)),
        unreadable: [],
        warnings: [...taken(label, [`the label is the column ${quoted(name)}`]), ...warnings],
      }
    }),
  )

const textRows = (
  path: string,
  { text, label, target, header, ...spec }: TextRowsSpec,
  limits: DrawLimits,
  watch: Watch,
): ReadRows =>
  pipe(
    readTextsOf(path, { text, label, target, header }, watch),
    TE.flatMapEither((all) => E.map((found: LabelledTexts) => ({ all, found }))(someTexts(all, spec.tokens, limits))),
    TE.flatMapEither(({ all, found }) => {
      const { origin } = found
      const columns = columnsOf(origin)
      return pipe(
        spec.tokens === undefined ? counted(found, columns, spec.unit) : numberTexts(found, columns, spec.tokens),
        E.flatMap((rows) =>
          E.map((dataset: Dataset): NumberedTexts => ({ ...rows, dataset }))(withTargets(rows.dataset, origin?.target)),
        ),
        E.mapLeft(({ message }) => new DataError(`cannot read ${path}: ${message}`)),
        E.map(({ kept, notes, unreadable, ...rows }): LabelledRows => {
          const { lines = [] } = found.origin ?? {}
          const nameOf = (place: number): string => `${path}:${lines[place] ?? ''}`
          return {
            ...rows,
            names: kept.map(nameOf),
            ...(found.texts.length < all.texts.length && { drawnFrom: all.texts.length }),
            shown: (place: number) => found.texts[kept[place] ?? -1] ?? '',
            unreadable: unreadable.map(({ place, why }) => ({ path: nameOf(place), why })),
            warnings: [
              ...taken(text, [`the texts are the column ${quoted(columns.text)}`]),
              ...taken(label, [`the label is the column ${quoted(columns.label)}`]),
              ...(origin?.target === undefined ? missingLabels(rows.dataset) : []),
              ...repeatedWords(found),
              ...notes,
            ],
          }
        }),
      )
    }),
  )

const repeatedWords = ({ repeated, conflicting }: LabelledTexts): readonly string[] =>
  repeated === 0 ? [] : [`${plural(repeated, 'text')} came before, ${conflicting} of them with another label`]

const columnsOf = (origin: LabelledTexts['origin']): TextColumns => ({
  ...{ text: origin?.text ?? '', label: origin?.label ?? '' },
  ...(origin?.target && { target: origin.target }),
})

/** The most different tokens that texts are counted by. */
const mostTokens = 5000

/** The texts that are drawn; labels that are not one class each are drawn from alike. */
const someTexts = (
  all: LabelledTexts,
  tokens: TokenRule | undefined,
  limits: DrawLimits,
): E.Either<DataError, LabelledTexts> => {
  const { texts, labels, origin } = all
  const strata = origin?.target === undefined ? labels : labels.map(() => '')
  const places = drawnPart(strata, tokens?.steps ?? mostTokens, limits)
  if (places.length === texts.length) return E.right(all)
  const at = (values: readonly string[]): readonly string[] => places.map((place) => values[place] ?? '')
  return pipe(
    withRepeated({ texts: at(texts), labels: at(labels) }),
    E.map((found) => ({
      ...found,
      ...(origin && { origin: { ...origin, lines: places.map((place) => origin.lines[place] as number) } }),
    })),
  )
}

const counted = (
  found: LabelledTexts,
  columns: TextColumns,
  unit: TokenUnit = 'word',
): E.Either<DataError, NumberedTexts> =>
  pipe(
    // Tokens that come once are left out, so that the network learns what an unknown one means.
    bagOfWords(found, { unit, atLeast: 2, most: mostTokens }),
    E.map(({ dataset, vocabulary }) => ({
      dataset,
      encoding: { kind: 'text', ...columns, unit, vocabulary },
      kept: found.texts.map((_, i) => i),
      unreadable: [],
      notes: [],
    })),
  )

const taken = (named: string | undefined, words: readonly string[]): readonly string[] =>
  named === undefined ? words : []
