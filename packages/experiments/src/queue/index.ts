export { queueAddress, type QueueAddress } from './address.ts'
export { cellsTable, storedCells, type StoredCells } from './cells-table.ts'
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
