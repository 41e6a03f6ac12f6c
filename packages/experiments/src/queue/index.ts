export { queueAddress, type QueueAddress } from './address.ts'
export { cellColumns, cellsTable, type CellColumn, type CellValue } from './cells-table.ts'
export { queueExecutor, type QueuePlace } from './executor.ts'
export {
  cancelGrids,
  gridStatus,
  retryGrids,
  type FailedCell,
  type GridPlace,
  type GridStatus,
  type WorkerStatus,
} from './grids.ts'
export { serveCells, type Served, type ServeOptions } from './serve.ts'
export { storedCells, type StoredCells } from './stored-cells.ts'
