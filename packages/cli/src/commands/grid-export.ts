import { resolve } from 'node:path'

import type { Json } from '@ptu/core'
import { RunError, toRunError, UsageError, type ExperimentError, type FinishedCell } from '@ptu/experiments'
import { openObjects, writeAtomically } from '@ptu/experiments/node'
import { cellsTable, storedCells } from '@ptu/experiments/queue'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { counted } from '../format.ts'
import type { Answer, Command } from '../answer.ts'

/** A format of the table of finished cells. */
interface TableFormat {
  readonly name: string
  /** False for bytes that no terminal shows. */
  readonly isText: boolean
  readonly encode: (cells: readonly FinishedCell[]) => Promise<Uint8Array>
}

const csv: TableFormat = {
  name: 'csv',
  isText: true,
  encode: (cells) => Promise.resolve(new TextEncoder().encode(cellsTable(cells))),
}

const parquet: TableFormat = {
  name: 'parquet',
  isText: false,
  encode: async (cells) => (await import('../exports/cells-parquet.ts')).cellsParquet(cells),
}

const formats = [csv, parquet]

/** The options of `ptu grid export`. */
export interface GridExportOptions {
  /** The folder or the bucket that the workers were given. */
  readonly store: string
  readonly out: string | undefined
  /** The name of a format; that of the file's extension unless given, else CSV. */
  readonly format: string | undefined
}

const formatOf = ({ out, format }: GridExportOptions): TableFormat => {
  const name = format ?? out?.split('.').at(-1)?.toLowerCase()
  return formats.find((each) => each.name === name) ?? csv
}

/** Writes the finished cells of a store as a table. */
export const gridExportCommand =
  (options: GridExportOptions): Command =>
  (env) => {
    const { store, out } = options
    const format = formatOf(options)
    if (out === undefined && !format.isText)
      return TE.left(new UsageError(`--out: expected a file, ${format.name} is not for a terminal`))
    return pipe(
      openObjects(env.cwd, store),
      TE.flatMap(storedCells),
      TE.filterOrElseW(
        ({ cells, damaged }) => cells.length + damaged.length > 0,
        () =>
          new RunError(
            `expected finished cells in ${store}, there are none; name the place that the workers were given`,
          ),
      ),
      TE.flatMap(({ cells, damaged }) => {
        for (const name of damaged) env.stderr(`${name} is not a cell that ptu wrote; it is left out\n`)
        const json = { cells: cells as unknown as Json, damaged }
        return pipe(
          TE.fromTask<Uint8Array, ExperimentError>(() => format.encode(cells)),
          TE.flatMap((bytes) => written(env.cwd, out, bytes)),
          TE.map((text): Answer => ({ text: text ?? `written: ${out ?? ''}, ${counted(cells.length, 'cell')}`, json })),
        )
      }),
    )
  }

/** Writes a table into a file, or returns it as a text. */
const written = (
  cwd: string,
  out: string | undefined,
  bytes: Uint8Array,
): TE.TaskEither<ExperimentError, string | undefined> =>
  out === undefined
    ? TE.right(new TextDecoder().decode(bytes).trimEnd())
    : pipe(
        writeAtomically(resolve(cwd, out), bytes),
        TE.bimap(toRunError, () => undefined),
      )
