import { formatOfPath } from './decode-table.ts'
import { DataError, problemList, quoted } from './errors.ts'
import { rowsFile } from './new-rows.ts'
import { photoLayout, type PhotoColumns, type PhotoLabels, type PhotoLayout } from './photo-columns.ts'
import { streamRows, type StreamedRow } from './stream-rows.ts'
import { targetReaders, type RowLabel } from './target-rule.ts'

/** A line of a table of images. */
export interface PhotoRow {
  readonly line: number
  readonly file: string
  /** The label, or what is wrong with it. */
  readonly label: RowLabel
}

/** The lines of a table of images, and its columns. */
export interface PhotoRows {
  readonly rows: readonly PhotoRow[]
  readonly columns: PhotoLabels
}

/** The most lines; a longer table is taken for a mistake. */
const rowLimit = 1_000_000

const linesOf = async (table: string): Promise<readonly StreamedRow[]> => {
  const rows: StreamedRow[] = []
  for await (const row of streamRows(rowsFile(table).chunks, formatOfPath(table)))
    if (rows.push(row) > rowLimit + 1) throw new DataError(`expected at most ${String(rowLimit)} rows`)
  return rows
}

/**
 * Reads the lines of a `.csv`, `.tsv` or `.jsonl` table of images. Rejects with {@link DataError} for a table without the
 * columns that are asked for, and for lines without a file.
 */
export const readPhotoRows = async (table: string, request: PhotoColumns): Promise<PhotoRows> => {
  const lines = await linesOf(table)
  const [first, second] = lines
  if (first === undefined) throw new DataError('it names no image')
  const layout = photoLayout(first.cells, second?.cells ?? [], request)
  const problems = problemList()
  const rows = lines.slice(layout.startsWithRow ? 0 : 1).map((row): PhotoRow => {
    const { line, cells } = row
    const file = cells[layout.path] ?? ''
    if (row.why === undefined && file === '')
      problems.add(`line ${String(line)}: expected a file and a label, got ${quoted(JSON.stringify(cells))}`)
    return { line, file, label: row.why === undefined ? labelIn(cells, layout, first.cells.length) : { why: row.why } }
  })
  if (problems.count() > 0) throw new DataError(`it has rows that name no image:${problems.text()}`)
  return { rows, columns: layout.columns }
}

const labelIn = (cells: readonly string[], { labels, columns: { target } }: PhotoLayout, width: number): RowLabel => {
  if (target === undefined) {
    const label = cells[labels[0] ?? -1] ?? ''
    return label === '' ? { why: `expected a file and a label, got ${quoted(JSON.stringify(cells))}` } : { label }
  }
  // A lacking cell would be a label that is off.
  if (cells.length !== width) return { why: `expected ${String(width)} cells, got ${String(cells.length)}` }
  return targetReaders[target.kind].labelOf(
    labels.map((place) => cells[place] ?? ''),
    target,
    undefined,
  )
}
