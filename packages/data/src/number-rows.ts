/** Rows of numbers that come one by one, kept in few large pieces of memory. */
export interface NumberRows {
  /** Copies a row behind the others. */
  readonly add: (row: Float32Array) => void
  readonly count: () => number
  /** The memory of row `i`. */
  readonly at: (i: number) => Float32Array
}

/** The count of numbers that are taken at a time. */
const piece = 2 ** 20

/** Keeps rows of `size` numbers each. */
export const numberRows = (size: number): NumberRows => {
  const each = Math.max(1, Math.floor(piece / Math.max(1, size)))
  const pieces: Float32Array[] = []
  let count = 0
  const at = (i: number): Float32Array => {
    const from = (i % each) * size
    return (pieces[Math.floor(i / each)] as Float32Array).subarray(from, from + size)
  }
  return {
    add: (row) => {
      if (count % each === 0) pieces.push(new Float32Array(each * size))
      at(count++).set(row)
    },
    count: () => count,
    at,
  }
}
