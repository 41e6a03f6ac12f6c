import type { TensorTable } from './architecture.ts'

/**
 * The first size of a matrix: the number of classes of a classifier. Without such a matrix it is 1, which then fits no
 * layer.
 */
export const rowsOf = (tensors: TensorTable, name: string): number => {
  const [rows = 1] = tensors.get(name)?.shape ?? []
  return Math.max(rows, 1)
}
