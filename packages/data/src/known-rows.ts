import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { classLimit } from './collect-table.ts'
import { sortedNames } from './column-tally.ts'
import { drawnPart, type DrawLimits } from './draw-part.ts'
import { encodedWidth, labelNamesOf, type Encoding } from './encoding.ts'
import { DataError, plural, quoted } from './errors.ts'
import { listed } from './label-column.ts'
import type { LabelledRows, ReadRows } from './labelled-rows.ts'
import { newRows, rowsFile, type NewRow } from './new-rows.ts'
import type { Unreadable } from './photo-folder.ts'
import { targetReaders, type RowLabel, type TargetRule } from './target-rule.ts'
import { checkGoingOn } from './watch.ts'
import { withTargets } from './with-targets.ts'

/** The options for reading rows by a known encoding. */
export interface KnownRowsOptions {
  /** The classes that labels may have, in their order; those that occur unless given. */
  readonly classes?: readonly string[]
  /** Refuses a file with a row that cannot be read. */
  readonly strict?: boolean
  /** Draws a part of more rows than these allow, as `drawnPart` does; all unless given. */
  readonly limits?: DrawLimits
  /** Ends the reading. */
  readonly signal?: AbortSignal
}

/**
 * Reads labelled rows by the encoding that a model or a source remembers. A row that cannot be read, or whose label is not
 * among the classes, is left out and listed.
 */
export const readKnownRows = (path: string, encoding: Encoding, options: KnownRowsOptions = {}): ReadRows =>
  TE.tryCatch(
    async () => {
      const { rows, notes } = newRows([rowsFile(path)], encoding)
      const found = await collected(rows, encoding, options)
      const [first] = found.unreadable
      if (options.strict === true && first !== undefined)
        throw new DataError(
          `cannot read ${path}: ${plural(found.unreadable.length, 'row')} cannot be read, for instance ` +
            `${first.path}: ${first.why}; correct them, or leave --strict out`,
        )
      if (found.kept.length === 0)
        throw new DataError(`cannot read ${path}: no row can be used${first === undefined ? '' : `: ${first.why}`}`)
      const some = drawnRows(found, encoding, options.limits)
      return {
        ...labelled(some, encoding, options.classes, notes()),
        ...(some.kept.length < found.kept.length && { drawnFrom: found.kept.length }),
      }
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
  encoding: Encoding,
  { classes, signal }: KnownRowsOptions,
): Promise<Found> => {
  const known = classes && new Set(classes)
  const kept: KeptRow[] = []
  const unreadable: Unreadable[] = []
  const values = new Set<string>()
  for await (const row of rows) {
    checkGoingOn({ signal })
    const { name } = row
    const found = labelOf(row, encoding, known)
    if ('why' in row || 'why' in found) {
      unreadable.push({ path: name, why: 'why' in row ? row.why : 'why' in found ? found.why : '' })
      continue
    }
    const { label } = found
    if (encoding.target === undefined && values.add(label).size > classLimit)
      throw new DataError(`cannot read ${name}: the label has more than ${classLimit} different values; is it a class?`)
    if (kept.push({ name, label, shown: row.shown, features: row.features }) * row.features.length > numberLimit)
      throw new DataError(
        `cannot read ${name}: more rows than ${kept.length - 1} of ${plural(row.features.length, 'number')} take more memory ` +
          'than 1 GiB; take a part of the file, or label it row by row with ptu predict --out FILE',
      )
  }
  return { kept, unreadable }
}

/** The rows that are drawn; labels that are not one class each are drawn from alike. */
const drawnRows = (found: Found, encoding: Encoding, limits: DrawLimits | undefined): Found => {
  if (limits === undefined) return found
  const { kept } = found
  const strata = kept.map(({ label }) => (encoding.target === undefined ? label : ''))
  return { ...found, kept: drawnPart(strata, encodedWidth(encoding), limits).map((place) => kept[place] as KeptRow) }
}

/** The label of a row, or the reason that the row cannot be learnt from or tested on. Throws where the file has no labels. */
const labelOf = (row: NewRow, encoding: Encoding, known: ReadonlySet<string> | undefined): RowLabel => {
  if ('why' in row) return row
  const { labels, name } = row
  const columns = labelNamesOf(encoding)
  if (labels === undefined)
    throw new DataError(
      `cannot read ${name.replace(/:\d+$/, '')}: expected ${columns.length === 1 ? 'a column' : 'the columns'} ${listed(columns)} with the labels`,
    )
  const { target } = encoding
  if (target !== undefined)
    return knownLabel(targetReaders[target.kind].labelOf(labels, target, undefined), target, known)
  const [label = ''] = labels
  if (label === '') return { why: 'the label is empty' }
  return known?.has(label) === false ? { why: unknownLabel(label) } : { label }
}

const unknownLabel = (label: string): string => `the label ${quoted(label)} is not one that the model knows`

/** A label of which the model knows each name. */
const knownLabel = (found: RowLabel, { kind }: TargetRule, known: ReadonlySet<string> | undefined): RowLabel => {
  if ('why' in found || known === undefined) return found
  const stray = targetReaders[kind].namesIn(found.label).find((name) => !known.has(name))
  return stray === undefined ? found : { why: unknownLabel(stray) }
}

const labelled = (
  { kept, unreadable }: Found,
  encoding: Encoding,
  given: readonly string[] | undefined,
  warnings: readonly string[],
): LabelledRows => {
  const width = encodedWidth(encoding)
  const { target } = encoding
  const own = target === undefined ? given : undefined
  const classes = own ?? sortedNames([...new Set(kept.map(({ label }) => label))])
  const places = new Map(classes.map((name, place) => [name, place]))
  const features = new Float32Array(kept.length * width)
  kept.forEach((row, i) => {
    features.set(row.features, i * width)
  })
  const dataset = {
    shape: [width],
    features,
    labels: Int32Array.from(kept, ({ label }) => places.get(label) as number),
    classes,
    ...(encoding.kind === 'tokens' && { padding: encoding.padding }),
  }
  const read = withTargets(dataset, target, given)
  if (E.isLeft(read)) throw read.left
  return {
    dataset: read.right,
    encoding,
    names: kept.map(({ name }) => name),
    shown: (place) => kept[place]?.shown ?? '',
    unreadable,
    warnings,
  }
}
