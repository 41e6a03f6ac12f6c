import { list, literal, optional, refuse, string, type Decoded, type Decoder } from '@ptu/config'
import type { Tree } from '@ptu/core'
import { parseSource } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'

import type { SourceSpec } from '../sources/source.ts'
import { dataKindOf, type DataReading } from '../train/data-kinds.ts'
import { openedSpec, type OpenedFields } from './fields.ts'

/** The fields that say how the rows of a file are read. */
export interface ReadingFields {
  /** The column of the labels. */
  readonly label: string | undefined
  /** The column of the texts. */
  readonly text: string | undefined
  readonly unit: 'word' | 'character' | undefined
  readonly missing: 'refuse' | 'drop' | 'mean' | undefined
  readonly categories: readonly string[] | undefined
  readonly ignore: readonly string[] | undefined
}

const names = optional(list(string, { max: 100_000 }))

/** Checks the fields of {@link ReadingFields}. */
export const readingFields: { readonly [N in keyof ReadingFields]: Decoder<ReadingFields[N]> } = {
  label: optional(string),
  text: optional(string),
  unit: optional(literal('word', 'character')),
  missing: optional(literal('refuse', 'drop', 'mean')),
  categories: names,
  ignore: names,
}

/** The fields of a training that say what is transferred to what. */
export interface TrainingFields extends ReadingFields, OpenedFields {
  readonly kind: DataReading['kind']
  readonly model: string | undefined
  readonly source: string | undefined
  readonly epochs: number | undefined
  /** The name of the ready-made body whose parameters the file of the model holds. */
  readonly body: string | undefined
  /** Leaves out the examples of the training that made the model. */
  readonly forget: boolean | undefined
  readonly seed: number
}

/** The fields that each kind of data understands. */
const understood: Readonly<Record<DataReading['kind'], readonly (keyof TrainingFields)[]>> = {
  photos: ['model', 'input', 'cut', 'until', 'freeze', 'body', 'range', 'forget'],
  table: ['source', 'epochs', 'label', 'missing', 'categories', 'ignore'],
  text: ['model', 'cut', 'until', 'freeze', 'tokens', 'source', 'epochs', 'label', 'text', 'unit', 'forget'],
}

const hints: Readonly<Record<DataReading['kind'], string>> = {
  photos: 'photos are a folder of images, or a table of paths and labels',
  table: 'a table holds numbers and categories; name a column of texts with --text, a source with --source other.csv',
  text: 'a table of texts has one column of texts and one of labels; name an encoder with --model, or a source with --source other.csv',
}

/** The reading of a training's data and the source that is transferred to them; none for rows without a source. */
export const trainingSource = (
  fields: TrainingFields,
  path: Tree.Path,
): Decoded<{ readonly source: SourceSpec | null; readonly reading: DataReading }> => {
  const { kind, model, source } = fields
  const all = new Set(Object.values(understood).flat())
  const stray = [...all].find((name) => fields[name] !== undefined && !understood[kind].includes(name))
  if (stray !== undefined) return refuse([...path, stray], `it does not go with ${kind}: ${hints[kind]}`)
  const reading = readingOf(fields)
  if (model !== undefined && source !== undefined)
    return refuse([...path, 'source'], 'expected --model or --source, got both; leave one out')
  const network = model ?? (dataKindOf(kind).needsModel ? 'mobilenet_v2' : undefined)
  if (network !== undefined)
    return E.right({
      source: { ...openedSpec(network, fields), ...(fields.forget !== true && { earlier: true }) },
      reading,
    })
  return source === undefined ? E.right({ source: null, reading }) : rowsSource(source, fields, reading, path)
}

const readingOf = ({
  kind,
  label,
  text,
  unit,
  missing,
  categories,
  ignore,
}: ReadingFields & Pick<TrainingFields, 'kind'>) => {
  const given = <F extends object>(reading: F): F =>
    Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined)) as F
  if (kind === 'photos') return { kind }
  return kind === 'table' ? given({ kind, label, missing, categories, ignore }) : given({ kind, text, label, unit })
}

/** The source that is trained here on rows with the same columns; options behind a # say how they are read. */
const rowsSource = (
  text: string,
  { epochs, seed }: TrainingFields,
  reading: DataReading,
  path: Tree.Path,
): Decoded<{ readonly source: SourceSpec; readonly reading: DataReading }> => {
  const parsed = parseSource(text)
  if (E.isLeft(parsed)) return refuse([...path, 'source'], parsed.left.message)
  const spec = parsed.right
  if (spec.kind !== 'table' && spec.kind !== 'texts')
    return refuse([...path, 'source'], `expected a .csv, .tsv or .jsonl file with the same columns, got ${text}`)
  const { path: file } = spec
  const label = spec.kind === 'table' ? spec.label : undefined
  const own = label === undefined ? reading : { ...reading, label }
  return E.right({
    source: {
      ...{ kind: 'trained', data: file, seed, reading: own as unknown as SourceSpec[string] },
      ...(epochs !== undefined && { epochs }),
    },
    reading,
  })
}
