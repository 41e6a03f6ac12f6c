import { stat } from 'node:fs/promises'

import {
  eachImage,
  newRows,
  rowsFile,
  rowsKind,
  type Encoding,
  type ImageRule,
  type NewRow,
  type RowPlace,
} from '@ptu/data'
import { dataKindOf, UsageError, type ExampleWords, type ModelFacts } from '@ptu/experiments'

import type { Env } from '../env.ts'
import { fromStdin, pathsOf } from './predict-paths.ts'

/** The inputs to be labelled. */
export interface PredictInputs {
  /** Files, folders, patterns, and `-` for the standard input. */
  readonly inputs: readonly string[]
  /** Texts that are labelled instead. */
  readonly texts: readonly string[] | undefined
  /** A file that labels are written to. */
  readonly out?: string | undefined
}

/** An example as a model reads it, or why it cannot be read. */
export type ReadExample =
  | { readonly path: string; readonly features: Uint8Array | Float32Array; readonly shown?: string }
  | { readonly path: string; readonly why: string }

/** Examples one after the other, in memory of a few. */
export interface ExampleStream {
  readonly words: ExampleWords
  readonly examples: AsyncIterable<ReadExample>
  /** Tells that they come from a list that is still being written: there is no progress to tell. */
  readonly isEndless: boolean
  /** The part of the work that is done once all examples that were given are, so many; undefined where it cannot be told. */
  readonly progress: (examples: number) => readonly [done: number, total: number] | undefined
  /** The number of inputs that are predicted together. */
  readonly together: number
  /** Gives notes for people once all are read. */
  readonly notes: () => readonly string[]
}

/** The examples that a model is to label, read as it remembers; throws `UsageError` for inputs that it does not take. */
export const examplesFor = (
  { image, encoding }: ModelFacts,
  model: string,
  inputs: PredictInputs,
  env: Env,
): ExampleStream => {
  const readsTexts = encoding !== undefined && encoding.kind !== 'table'
  if (inputs.texts !== undefined && (!readsTexts || inputs.inputs.length > 0))
    throw new UsageError(
      readsTexts
        ? 'expected --text or files, got both; leave one out'
        : `--text: expected a model of texts, ${model} reads other inputs; name files`,
    )
  if (encoding !== undefined) return rowStream(encoding, inputs, env)
  if (image === null)
    throw new UsageError(
      `expected a model that ptu train made of images, rows or texts, ${model} has other inputs; test it with ptu evaluate`,
    )
  return imageStream(image, inputs, env)
}

const placeOf = (env: Env, out?: string) => ({ cwd: env.cwd, lines: env.lines ?? nothing, out })

const nothing = async function* (): AsyncGenerator<string> {
  // Where there is no standard input there are no lines.
}

const collected = async (values: AsyncIterable<string>): Promise<readonly string[]> => {
  const found: string[] = []
  for await (const value of values) found.push(value)
  return found
}

const imageStream = (image: ImageRule, { inputs, out }: PredictInputs, env: Env): ExampleStream => {
  // A list that is still being written has no end to tell the progress by.
  const isList = !inputs.includes(fromStdin)
  let count: number | undefined
  const examples = async function* (): AsyncGenerator<ReadExample> {
    const found = pathsOf(inputs, placeOf(env, out))
    const paths = isList ? await collected(found) : found
    if (Array.isArray(paths)) count = paths.length
    for await (const read of eachImage(paths, image))
      yield 'why' in read ? read : { path: read.path, features: read.pixels }
  }
  return {
    ...{ words: dataKindOf('photos').words, examples: examples(), progress: (done) => [done, count ?? done] },
    ...{ together: 1, isEndless: !isList, notes: () => [] },
  }
}

const rowStream = (encoding: Encoding, inputs: PredictInputs, env: Env): ExampleStream => {
  const isWaiting = inputs.inputs.includes(fromStdin)
  const bytes: Bytes = { before: 0, all: 0 }
  const places = placesOf(encoding, inputs, env)
  const { rows, notes, read } = newRows(isWaiting ? places : measured(places, bytes), encoding)
  const { texts } = inputs
  return {
    ...{ words: dataKindOf(rowsKind(encoding)).words, examples: asExamples(rows) },
    ...{ together: isWaiting ? 1 : 64, isEndless: isWaiting, notes },
    // Of files by the bytes of the rows, since what is read is ahead of them; a published set has no size before.
    progress: (done) => (texts ? [done, texts.length] : bytes.all > 0 ? [bytes.before + read(), bytes.all] : undefined),
  }
}

/** The bytes of the files before the one that is read, and of all; 0 where one has no size. */
interface Bytes {
  before: number
  all: number
}

/** Places whose bytes are counted beforehand, all of them and those of the places before each. */
const measured = async function* (places: AsyncIterable<RowPlace>, bytes: Bytes): AsyncGenerator<RowPlace> {
  const found: RowPlace[] = []
  for await (const place of places) found.push(place)
  const sizes = await Promise.all(found.map(async ({ name }) => (await stat(name).catch(() => undefined))?.size ?? 0))
  bytes.all = sizes.includes(0) ? 0 : sizes.reduce((sum, size) => sum + size, 0)
  for (const [i, place] of found.entries()) {
    yield place
    bytes.before += sizes[i] ?? 0
  }
}

const asExamples = async function* (rows: AsyncIterable<NewRow>): AsyncGenerator<ReadExample> {
  for await (const row of rows)
    yield 'why' in row ? { path: row.name, why: row.why } : { path: row.name, features: row.features, shown: row.shown }
}

const placesOf = async function* (
  encoding: Encoding,
  { inputs, texts, out }: PredictInputs,
  env: Env,
): AsyncGenerator<RowPlace> {
  if (texts !== undefined) yield linesOf('text', encoding, inTurn(texts))
  for (const input of inputs) {
    if (input === fromStdin) yield linesOf('stdin', encoding, placeOf(env).lines())
    else for await (const path of pathsOf([input], placeOf(env, out))) yield rowsFile(path)
  }
}

const inTurn = async function* (texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text)
}

/** Lines as a place of rows: those of a table, or a text each. */
const linesOf = (name: string, encoding: Encoding, lines: AsyncIterable<string>): RowPlace => {
  const encoder = new TextEncoder()
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for await (const line of lines) {
      yield encoder.encode(`${encoding.kind === 'table' ? line : JSON.stringify({ [encoding.text]: line })}\n`)
    }
  }
  return { name, format: encoding.kind === 'table' ? 'csv' : 'jsonl', chunks: chunks() }
}
