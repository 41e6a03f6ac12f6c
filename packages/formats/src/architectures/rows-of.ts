import type { TensorTable } from './architecture.ts'

/** The first size of a matrix: how many classes a classifier has. 1 where there is none, which no layer then fits. */
export const rowsOf = (tensors: TensorTable, name: string): number => {
  const [rows = 1] = tensors.get(name)?.shape ?? []
  return Math.max(rows, 1)
}
