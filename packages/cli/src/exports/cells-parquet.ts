import type { FinishedCell } from '@ptu/experiments'
import { cellColumns, type CellColumn } from '@ptu/experiments/queue'
import { parquetWriteBuffer } from 'hyparquet-writer'

const types = { text: 'STRING', integer: 'INT64', number: 'DOUBLE' } as const

const columnOf = ({ name, type, values }: CellColumn) => ({
  name,
  type: types[type],
  data: type === 'integer' ? values.map((value) => (value === null ? null : BigInt(value))) : [...values],
})

/**
 * The table of finished cells as Parquet: texts, 64-bit integers and doubles, null where there is no value.
 *
 * References:
 *   Apache Software Foundation, "Apache Parquet Format" 2.10, 2023, https://github.com/apache/parquet-format
 */
export const cellsParquet = (cells: readonly FinishedCell[]): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({ columnData: cellColumns(cells).map(columnOf) }))
