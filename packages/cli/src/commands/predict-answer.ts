import { resolve } from 'node:path'

import type { Json } from '@ptu/core'
import { printable, RunError, UsageError } from '@ptu/experiments'
import { writeAtomically } from '@ptu/experiments/node'
import * as E from 'fp-ts/lib/Either.js'

import type { Answer } from '../answer.ts'
import type { Env } from '../env.ts'
import { countedOf } from '../format.ts'
import { shownFrom } from '../shown-path.ts'
import type { ExampleStream } from './predict-inputs.ts'
import type { Labelled } from './predict-text.ts'
import type { Predicting } from './predicting.ts'

/** The form in which labels are given. */
export interface AnswerOptions {
  /** The way that answers are shown. */
  readonly way: Predicting
  readonly csv: boolean
  readonly out: string | undefined
}

/** The most examples that are kept for a table or a document; more are written row by row. */
const keptLimit = 100_000

/** A table is written in pieces of about so many characters. */
const piece = 2 ** 16

interface Counts {
  read: number
  unreadable: number
}

/** Gives the labels of examples as they are asked for; the exit code says whether any example could be read. */
export const answerOf = async (
  examples: AsyncIterable<Labelled>,
  stream: ExampleStream,
  options: AnswerOptions,
  env: Env,
): Promise<Answer> => {
  const { words, notes } = stream
  const counts = { read: 0, unreadable: 0 }
  const given = counted(examples, counts)
  const kept: Labelled[] = []
  if (options.out !== undefined) await writtenTo(resolve(env.cwd, options.out), given, stream, options.way)
  else if (options.csv) for await (const row of csvRows(given, options.way)) env.stdout(row)
  else kept.push(...(await keptOf(given, words.many)))
  const count = counts.read + counts.unreadable
  if (count === 0) throw noneGiven(words.many)
  const said = notes()
  const lines = said.map((note) => `note: ${printable(note)}`)
  const unread =
    counts.unreadable === 0 ? [] : [`${counts.unreadable} of ${countedOf(count, words.many)} could not be read`]
  if (options.csv && options.out === undefined) env.stderr([...unread, ...lines].map((line) => `${line}\n`).join(''))
  return {
    text: textOf(kept, { ...options, one: words.one, many: words.many }, { counts, unread, lines }, env),
    json: {
      ...{ [words.many]: kept as unknown as Json, unreadable: counts.unreadable },
      ...(said.length > 0 && { notes: said }),
    },
    code: counts.read === 0 ? 1 : 0,
  }
}

const noneGiven = (many: string): UsageError =>
  new UsageError(`expected files of ${many}, got none; name files, folders or patterns, or - for the standard input`)

const textOf = (
  kept: readonly Labelled[],
  { out, csv, way, one, many }: AnswerOptions & { readonly one: string; readonly many: string },
  {
    counts,
    unread,
    lines,
  }: { readonly counts: Counts; readonly unread: readonly string[]; readonly lines: readonly string[] },
  env: Env,
): string => {
  if (out !== undefined) return [`${counts.read} ${many} labelled`, ...unread, ...lines, `written: ${out}`].join('\n')
  return csv ? '' : [way.text(kept, one, shownFrom(env.cwd)), ...lines].join('\n')
}

const counted = async function* (examples: AsyncIterable<Labelled>, counts: Counts): AsyncGenerator<Labelled> {
  for await (const example of examples) {
    counts[example.why === undefined ? 'read' : 'unreadable'] += 1
    yield example
  }
}

const keptOf = async (examples: AsyncIterable<Labelled>, many: string): Promise<readonly Labelled[]> => {
  const kept: Labelled[] = []
  for await (const example of examples) {
    if (kept.push(example) > keptLimit)
      throw new RunError(
        `expected at most ${keptLimit} ${many} to show together; write them row by row with --out FILE`,
      )
  }
  return kept
}

/** The rows of a CSV table, the head with the first. */
const csvRows = async function* (examples: AsyncIterable<Labelled>, way: Predicting): AsyncGenerator<string> {
  let head = way.csvHead
  for await (const example of examples) {
    yield `${head}${way.csvRow(example)}`
    head = ''
  }
}

/** Writes the table to a file, which is replaced once the table is whole; what fails before leaves it as it is. */
const writtenTo = async (
  path: string,
  examples: AsyncIterable<Labelled>,
  { words }: ExampleStream,
  way: Predicting,
): Promise<void> => {
  let failed: { readonly cause: unknown } | undefined
  const pieces = async function* (): AsyncGenerator<string> {
    try {
      let [waiting, isEmpty] = ['', true]
      for await (const row of csvRows(examples, way)) {
        isEmpty = false
        waiting += row
        if (waiting.length < piece) continue
        yield waiting
        waiting = ''
      }
      if (isEmpty) throw noneGiven(words.many)
      yield waiting
    } catch (cause) {
      failed = { cause }
      throw cause
    }
  }
  const written = await writeAtomically(path, pieces())()
  if (failed !== undefined) throw failed.cause
  if (E.isLeft(written)) throw written.left
}
