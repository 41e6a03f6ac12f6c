/** The decimal sign of numbers: a point or a comma. */
export type Decimal = '.' | ','

const point = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const comma = /^[+-]?(\d+,?\d*|,\d+)(e[+-]?\d+)?$/i

/** Numbers such as 1,234: a thousand and more, or a little more than one. */
const either = /^[+-]?\d{1,3},\d{3}$/

/** Tells whether a text is a number with a decimal point. */
export const isNumber = (text: string): boolean => point.test(text)

/** A number with a decimal comma as one with a point. */
export const decimalPoint = (cell: string): string => (/^[+-]?\d*,\d+$/.test(cell) ? cell.replace(',', '.') : cell)

/** Reads the numbers of a file that writes all of them in one way. */
export interface NumberReader {
  /** The number, infinite if it is too large for 32 bits; undefined if the text is none. */
  readonly read: (text: string, line: number) => number | undefined
  /** The reason why the numbers that were read may be misunderstood, or undefined. */
  readonly problem: () => string | undefined
}

/** Reads numbers with the given decimal sign. Without one, either sign is read, and all numbers must agree on it. */
export const numberReader = (decimal: Decimal | undefined): NumberReader => {
  const seen: { point?: string; comma?: string; isSure: boolean } = { isSure: false }
  const note = (text: string, line: number): void => {
    if (text.includes('.')) seen.point ??= `${text} in line ${String(line)}`
    if (!text.includes(',')) return
    seen.comma ??= `${text} in line ${String(line)}`
    if (!either.test(text)) seen.isSure = true
  }
  return {
    read: (text, line) => {
      if (decimal !== ',' && point.test(text)) {
        if (decimal === undefined) note(text, line)
        return Math.fround(Number(text))
      }
      if (decimal === '.' || !comma.test(text)) return undefined
      if (decimal === undefined) note(text, line)
      return Math.fround(Number(text.replace(',', '.')))
    },
    problem: () => {
      if (seen.comma === undefined) return undefined
      if (seen.point !== undefined)
        return `expected one decimal sign, got ${seen.comma} and ${seen.point}; give decimal ',' or '.'`
      return seen.isSure ? undefined : `${seen.comma} may be a decimal comma or a thousand; give decimal ',' or '.'`
    },
  }
}
