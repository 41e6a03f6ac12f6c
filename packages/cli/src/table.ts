import { printable } from '@ptu/experiments'

/** The characters that a text takes on a line; those of several code units count once. */
const widthOf = (text: string): number => Array.from(text).length

/** Columns whose cells are numbers are aligned right. */
const isNumeric = (cells: readonly string[]): boolean => cells.every((cell) => cell === '' || /^[-+±≈<0-9]/.test(cell))

/**
 * Rows as text with aligned columns and a rule under the head; characters that a terminal would obey are made visible.
 *
 * @example
 * ```ts
 * table(['strategy', 'mean'], [['share', '81.2'], ['ptu', '84.0']])
 * ```
 */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const [titles, ...cells] = [head, ...rows].map((row) => row.map(printable)) as [string[], ...string[][]]
  const columns = titles.map((title, i) => [title, ...cells.map((row) => row[i] ?? '')])
  const widths = columns.map((column) => column.reduce((most, cell) => Math.max(most, widthOf(cell)), 0))
  const right = columns.map((column) => isNumeric(column.slice(1)))
  const line = (row: readonly string[]): string =>
    widths
      .map((width, i) => pad(row[i] ?? '', width, right[i] === true))
      .join('  ')
      .trimEnd()
  return [line(titles), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)].join('\n')
}

const pad = (cell: string, width: number, right: boolean): string => {
  const space = ' '.repeat(Math.max(0, width - widthOf(cell)))
  return right ? space + cell : cell + space
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** A horizontal bar of a part of `width` characters, to an eighth of a character; `part` is in [0, 1]. */
export const bar = (part: number, width: number): string => {
  const units = Math.round(Math.min(1, Math.max(0, part)) * width * 8)
  return ('█'.repeat(Math.floor(units / 8)) + (eighths[units % 8] ?? '')).padEnd(width, '░')
}
