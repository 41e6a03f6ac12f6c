import { DataError } from './errors.ts'
import { rowLimit } from './row-problem.ts'

const newline = 10

/** Tells what is wrong with the bytes of a line: they are no text in UTF-8, or hold a NUL. */
const byteProblem = (bytes: Uint8Array): string | undefined => {
  if (bytes.includes(0)) return 'holds a NUL byte'
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return undefined
  } catch {
    return 'is not UTF-8'
  }
}

/** Bytes in pieces that end with a line, and what is wrong with some of the lines. */
export interface CheckedLines {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Takes out what is wrong with lines up to this one, counted from 1; undefined where nothing is. */
  readonly problemUpTo: (line: number) => string | undefined
}

/**
 * Passes bytes on in pieces of whole lines and remembers which lines are no text in UTF-8, until they are asked for.
 *
 * Throws `DataError` for a line of more than 4 MiB, so that memory stays that of a few lines.
 */
export const checkedLines = (source: AsyncIterable<Uint8Array>): CheckedLines => {
  const problems: { readonly line: number; readonly what: string }[] = []
  let line = 1
  const check = (piece: Uint8Array): Uint8Array => {
    const isBad = byteProblem(piece) !== undefined
    for (let from = 0; from < piece.length; line++) {
      const end = piece.indexOf(newline, from)
      const next = end < 0 ? piece.length : end + 1
      const what = isBad ? byteProblem(piece.subarray(from, next)) : undefined
      if (what !== undefined) problems.push({ line, what })
      from = next
    }
    return piece
  }
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    let left: Uint8Array = new Uint8Array(0)
    for await (const chunk of source) {
      const end = chunk.lastIndexOf(newline) + 1
      if (end > 0) yield check(joined(left, chunk.subarray(0, end)))
      left = end > 0 ? chunk.slice(end) : joined(left, chunk)
      if (left.length > rowLimit)
        throw new DataError(`line ${line} has more than ${rowLimit} bytes; is it a table, or one JSON object a line?`)
    }
    if (left.length > 0) yield check(left)
  }
  return {
    chunks: chunks(),
    problemUpTo: (last) => {
      const found = problems.filter((problem) => problem.line <= last)
      problems.splice(0, found.length)
      return found[0] && `line ${found[0].line} ${found[0].what}`
    },
  }
}

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
