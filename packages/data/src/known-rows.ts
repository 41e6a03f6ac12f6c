import * as TE from 'fp-ts/lib/TaskEither.js'

import { classLimit } from './collect-table.ts'
import { sortedNames } from './column-tally.ts'
import { encodedWidth, type Encoding } from './encoding.ts'
import { DataError, plural, quoted } from './errors.ts'
import type { LabelledRows, ReadRows } from './labelled-rows.ts'
import { newRows, rowsFile, type NewRow } from './new-rows.ts'
import type { Unreadable } from './photo-folder.ts'

/** The options for reading rows by a known encoding. */
export interface KnownRowsOptions {
  /** The classes that labels may have, in their order; those that occur unless given. */
  readonly classes?: readonly string[]
  /** Refuses a file with a row that cannot be read. */
  readonly strict?: boolean
}

/**
 * Reads labelled rows by the encoding that a model or a source remembers. A row that cannot be read, or whose label is not
 * among the classes, is left out and listed.
 */
export const readKnownRows = (path: string, encoding: Encoding, options: KnownRowsOptions = {}): ReadRows =>
  TE.tryCatch(
    async () => {
      const { rows, notes } = newRows([rowsFile(path)], encoding)
      const found = await collected(rows, encoding, options.classes)
      const [first] = found.unreadable
      if (options.strict === true && first !== undefined)
        throw new DataError(
          `cannot read ${path}: ${plural(found.unreadable.length, 'row')} cannot be read, for instance ` +
            `${first.path}: ${first.why}; correct them, or leave --strict out`,
        )
      if (found.kept.length === 0)
        throw new DataError(`cannot read ${path}: no row can be used${first === undefined ? '' : `: ${first.why}`}`)
      return labelled(found, encoding, options.classes, notes())
    },
    (cause) => {
      if (cause instanceof DataError) return cause
      throw cause
    },
  )

/** More numbers than this are refused before there is memory for them: 1 GiB of features. */
const numberLimit = 2 ** 28

interface KeptRow {
  readonly name: string
  readonly shown: string
  readonly label: string
  readonly features: Float32Array
}

interface Found {
  readonly kept: readonly KeptRow[]
  readonly unreadable: readonly Unreadable[]
}

const collected = async (
  rows: AsyncIterable<NewRow>,
  { label: column }: Encoding,
  classes: readonly string[] | undefined,
): Promise<Found> => {
  const known = classes && new Set(classes)
  const kept: KeptRow[] = []
  const unreadable: Unreadable[] = []
  const values = new Set<string>()
  for await (const row of rows) {
    const { name, label } = row
    const why = problemOf(row, column, known)
    if (why !== undefined || 'why' in row || label === undefined) unreadable.push({ path: name, why: why ?? '' })
    else if (values.add(label).size > classLimit)
      throw new DataError(`cannot read ${name}: the label has more than ${classLimit} different values; is it a class?`)
    else if (kept.push({ name, label, shown: row.shown, features: row.features }) * row.features.length > numberLimit)
      throw new DataError(
        `cannot read ${name}: more rows than ${kept.length - 1} of ${plural(row.features.length, 'number')} take more memory ` +
          'than 1 GiB; take a part of the file, or label it row by row with ptu predict --out FILE',
      )
  }
  return { kept, unreadable }
}

/** The reason that a row cannot be learnt from or tested on; undefined where it can. Throws where the file has no labels. */
const problemOf = (row: NewRow, column: string, known: ReadonlySet<string> | undefined): string | undefined => {
  if ('why' in row) return row.why
  const { label, name } = row
  if (label === undefined)
    throw new DataError(`cannot read ${name.replace(/:\d+$/, '')}: expected a column ${quoted(column)} with the labels`)
  if (label === '') return 'the label is empty'
  return known?.has(label) === false ? `the label ${quoted(label)} is not one that the model knows` : undefined
}

const labelled = (
  { kept, unreadable }: Found,
  encoding: Encoding,
  given: readonly string[] | undefined,
  warnings: readonly string[],
): LabelledRows => {
  const width = encodedWidth(encoding)
  const classes = given ?? sortedNames([...new Set(kept.map(({ label }) => label))])
  const places = new Map(classes.map((name, place) => [name, place]))
  const features = new Float32Array(kept.length * width)
  kept.forEach((row, i) => {
    features.set(row.features, i * width)
  })
  return {
    dataset: {
      shape: [width],
      features,
      labels: Int32Array.from(kept, ({ label }) => places.get(label) as number),
      classes,
      ...(encoding.kind === 'tokens' && { padding: encoding.padding }),
    },
    encoding,
    names: kept.map(({ name }) => name),
    shown: (place) => kept[place]?.shown ?? '',
    unreadable,
    warnings,
  }
}
