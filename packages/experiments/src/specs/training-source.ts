import { refuse, type Decoded } from '@ptu/config'
import type { Tree } from '@ptu/core'
import { parseSource } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'

import type { SourceSpec } from '../sources/source.ts'
import { dataKindOf, type DataReading } from '../train/data-kinds.ts'
import { openedSpec, type OpenedFields } from './fields.ts'
import { given, readingOf, type ReadingFields } from './reading-fields.ts'

/** The fields of a training that say what is transferred to what. */
export interface TrainingFields extends ReadingFields, OpenedFields {
  readonly kind: DataReading['kind']
  readonly model: string | undefined
  readonly source: string | undefined
  readonly epochs: number | undefined
  /** A file of vectors of words that the tokens of a source of texts start from. */
  readonly embeddings: string | undefined
  /** The name of the ready-made body whose parameters the file of the model holds. */
  readonly body: string | undefined
  /** Leaves out the examples of the training that made the model. */
  readonly forget: boolean | undefined
  readonly seed: number
}

/** The fields that each kind of data understands. */
const understood: Readonly<Record<DataReading['kind'], readonly (keyof TrainingFields)[]>> = {
  photos: [
    'model',
    'input',
    'cut',
    'until',
    'freeze',
    'body',
    'range',
    'label',
    'regress',
    'separator',
    'image',
    'forget',
  ],
  table: ['source', 'epochs', 'label', 'regress', 'separator', 'missing', 'categories', 'ignore'],
  text: [
    'model',
    'cut',
    'until',
    'freeze',
    'tokens',
    'source',
    'body',
    'epochs',
    'embeddings',
    'label',
    'regress',
    'separator',
    'text',
    'unit',
    'forget',
  ],
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
  const problem = targetProblem(fields)
  if (problem !== undefined) return refuse([...path, problem.field], problem.why)
  const reading = readingOf(fields)
  const clash = clashOf(fields)
  if (clash !== undefined) return refuse([...path, clash[0]], clash[1])
  const network = model ?? (dataKindOf(kind).needsModel ? 'mobilenet_v2' : undefined)
  if (network !== undefined)
    return E.right({
      source: { ...openedSpec(network, fields), ...(fields.forget !== true && { earlier: true }) },
      reading,
    })
  return source === undefined ? E.right({ source: null, reading }) : rowsSource(source, fields, reading, path)
}

/** Two fields that do not go together: the one to mend, and why. */
type Clash = readonly [field: string, why: string]

const clashOf = (fields: TrainingFields): Clash | undefined => {
  if (fields.model !== undefined && fields.source !== undefined)
    return ['source', 'expected --model or --source, got both; leave one out']
  return fields.kind === 'text' ? clashOfTexts(fields) : undefined
}

const clashOfTexts = ({ source, body, tokens, embeddings }: TrainingFields): Clash | undefined => {
  if (source === undefined && body !== undefined)
    return ['body', 'for texts it is the body of a source that is trained here; name one with --source other.csv']
  if (embeddings !== undefined && (source === undefined || body === undefined))
    return ['embeddings', 'expected --source other.csv and --body text-lstm beside it, whose tokens start from it']
  return source !== undefined && tokens !== undefined && body === undefined
    ? ['tokens', 'expected --model, or --body text-lstm beside --source: counts of words have no end']
    : undefined
}

/** The reason that labels cannot be read as asked for, with the field that says it. */
const targetProblem = ({ regress, separator, source, label }: TrainingFields) => {
  if (regress === true && separator !== undefined)
    return { field: 'separator', why: 'it goes with lists of labels, --regress with numbers; leave one of them out' }
  if (separator !== undefined && /^$|"/.test(separator))
    return { field: 'separator', why: `expected a sign between labels, such as ";", got ${JSON.stringify(separator)}` }
  const hasClasses = regress !== true && separator === undefined && label?.includes(',') !== true
  if (source === undefined || hasClasses) return undefined
  return {
    field: 'source',
    why:
      'a table as source is for one class each, in one column; leave it out, or for texts take a pretrained encoder with ' +
      '--model',
  }
}

/** The body of a source that is trained here, what it starts from, and how long it is trained and reads. */
const lengthOf = ({
  epochs,
  body,
  tokens,
  embeddings,
}: Pick<TrainingFields, 'epochs' | 'body' | 'tokens' | 'embeddings'>) => ({
  ...(embeddings !== undefined && { embeddings }),
  ...(epochs !== undefined && { epochs }),
  ...(body !== undefined && { body }),
  ...(tokens !== undefined && { tokens }),
})

/** The source that is trained here on rows with the same columns; options behind a # say how they are read. */
const rowsSource = (
  text: string,
  { epochs, seed, body, tokens, embeddings }: TrainingFields,
  reading: DataReading,
  path: Tree.Path,
): Decoded<{ readonly source: SourceSpec; readonly reading: DataReading }> => {
  const parsed = parseSource(text)
  if (E.isLeft(parsed)) return refuse([...path, 'source'], parsed.left.message)
  const spec = parsed.right
  if (spec.kind !== 'table' && spec.kind !== 'texts')
    return refuse([...path, 'source'], `expected a .csv, .tsv or .jsonl file with the same columns, got ${text}`)
  if (spec.kind === 'table' && spec.target !== undefined)
    return refuse(
      [...path, 'source'],
      `expected one class for each row in one column, got ${text}; leave regress and lists out`,
    )
  const { path: file } = spec
  const { label, text: column } = spec.kind === 'table' ? spec : {}
  const own = {
    ...reading,
    ...given({ label, ...(reading.kind === 'text' && { text: column, unit: spec.unit }) }),
  }
  return E.right({
    source: {
      ...{ kind: 'trained', data: file, seed, reading: own as unknown as SourceSpec[string] },
      ...lengthOf({ epochs, body, tokens, embeddings }),
    },
    reading,
  })
}
