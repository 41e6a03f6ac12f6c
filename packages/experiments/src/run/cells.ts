import { literal, string, struct, type Decoder } from '@ptu/config'
import { canonical, isRecord, type Json } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { RunError } from '../errors.ts'
import type { JobResult } from '../results/results.ts'
import { jobResultDecoder } from '../results/schema.ts'
import { backendIn, cellOf, gridQuestion, type Cell, type CellNames, type CodeVersion } from './cell.ts'
import type { Comparison } from './comparison.ts'
import type { Job } from './job.ts'
import type { Objects } from './objects.ts'
import { digestOf, type RunRecord } from './store.ts'

/** A finished cell as its object holds it. */
export interface FinishedCell extends Cell {
  readonly names: CellNames
  readonly result: JobResult
}

/** The same cell was computed twice, with different results. */
export class ConflictError extends RunError {}

/** Finished cells of any grid, shared by everyone who computes one. */
export interface Cells {
  /** The cell of a job. */
  cellOf(comparison: Comparison, job: Job): Promise<Cell>
  /** The result of a cell that somebody finished; undefined if nobody did, or if its object is damaged. */
  find(cell: Cell): TaskEither<RunError, JobResult | undefined>
  /**
   * Keeps the result of a cell, as one object, written whole. If the cell is there already the two are compared.
   *
   * A Left if they differ: the same question has one answer.
   */
  keep(cell: Cell, names: CellNames, result: JobResult): TaskEither<RunError, void>
}

const anyRecord: Decoder<RunRecord> = (input, path) =>
  isRecord(input) ? E.right(input as RunRecord) : E.left([{ path, message: 'expected an object' }])

const decoder = struct({
  schema: literal('ptu-cell/1'),
  key: string,
  question: anyRecord,
  names: struct({ source: string, target: string }),
  result: jobResultDecoder,
  digest: string,
})

/** The name of a cell's object. */
export const cellName = (key: string): string => `cells/${key.slice(0, 2)}/${key}.json`

/** Makes a cell of the bytes of its object; undefined if they are not what was written, or of another key. */
export const decodeCell = async (key: string, bytes: Uint8Array): Promise<FinishedCell | undefined> => {
  const read = E.tryCatch(() => JSON.parse(new TextDecoder().decode(bytes)) as unknown, E.toError)
  if (E.isLeft(read)) return undefined
  const found = decoder(read.right, [])
  if (E.isLeft(found) || found.right.key !== key) return undefined
  const { question, names, result, digest } = found.right
  const cell: FinishedCell = { key, question, names, result }
  return (await digestOf(plainOf(cell))) === digest ? cell : undefined
}

/** A cell as JSON has it, without fields that are undefined. */
const plainOf = (cell: FinishedCell): Readonly<Record<string, Json>> =>
  JSON.parse(JSON.stringify(cell)) as Readonly<Record<string, Json>>

const encodeCell = async (cell: FinishedCell): Promise<Uint8Array> => {
  const plain = plainOf(cell)
  const whole = { schema: 'ptu-cell/1', ...plain, digest: await digestOf(plain) }
  return new TextEncoder().encode(`${JSON.stringify(whole)}\n`)
}

/** The finished cells among objects; `code` is what computes them here. */
export const cellsIn = (objects: Objects, code: CodeVersion): Cells => {
  const finished = ({ key }: Cell): TaskEither<RunError, FinishedCell | undefined> =>
    pipe(
      objects.find(cellName(key)),
      TE.flatMapTask((bytes) => () => (bytes === undefined ? Promise.resolve(undefined) : decodeCell(key, bytes))),
    )
  return {
    cellOf: (comparison, job) => cellOf(gridQuestion(comparison, backendIn(comparison.record), code), job, code),
    find: (cell) =>
      pipe(
        finished(cell),
        TE.map((found) => found?.result),
      ),
    keep: (cell, names, result) =>
      pipe(
        TE.fromTask(() => encodeCell({ ...cell, names, result })),
        TE.flatMap((bytes) => objects.add(cellName(cell.key), bytes)),
        TE.flatMap((isNew) =>
          isNew
            ? TE.right(undefined)
            : pipe(
                finished(cell),
                TE.flatMapEither((there) => agrees(cell, there, result)),
              ),
        ),
      ),
  }
}

/** The comparison of a result with one of the same cell that was kept before. */
const agrees = ({ key }: Cell, there: FinishedCell | undefined, result: JobResult): E.Either<RunError, void> => {
  if (there === undefined)
    return E.left(new RunError(`the object ${cellName(key)} is not a cell that ptu wrote; remove it and repeat`))
  const differing = difference(timeless(there.result), timeless(result))
  return differing === undefined
    ? E.right(undefined)
    : E.left(
        new ConflictError(
          `the cell ${key.slice(0, 16)} was computed twice with different results (${differing}); one of the machines ` +
            `computes otherwise: find out which, then remove ${cellName(key)}`,
        ),
      )
}

type Fields = Readonly<Record<string, Json>>

/** A result without what time it took, which depends on the machine. */
const timeless = (result: JobResult): Fields =>
  JSON.parse(JSON.stringify(result, (name, value: unknown) => (name === 'seconds' ? undefined : value))) as Fields

/** The first field that differs, with both values. */
const difference = (a: Fields, b: Fields): string | undefined => {
  const shown = (value: Json | undefined): string => canonical(value ?? null).slice(0, 40)
  const name = [...new Set([...Object.keys(a), ...Object.keys(b)])].find(
    (field) => canonical(a[field] ?? null) !== canonical(b[field] ?? null),
  )
  return name === undefined ? undefined : `${name}: ${shown(a[name])} there, ${shown(b[name])} here`
}
