/** A counter of the lines where rows end. */
export interface RowLines {
  /** The line where a row ends, given its cells and the line by csv-parse. To be asked for every row, in their order. */
  readonly endOf: (cells: readonly string[], counted: number) => number
  /** The line where the last row ended; 0 before the first. */
  readonly last: () => number
}

/**
 * Counts lines as editors do: a line feed, a carriage return and the two together end one line each.
 *
 * csv-parse takes the two for one line between rows, but for two within quotes.
 */
export const rowLines = (): RowLines => {
  let [before, tooMany] = [0, 0]
  return {
    endOf: (cells, counted) => {
      // A row with the two within its quotes counts at least three lines; most rows are one.
      if (counted - before > 2) for (const cell of cells) tooMany += cell.split('\r\n').length - 1
      before = counted
      return counted - tooMany
    },
    last: () => before - tooMany,
  }
}
