import { describe, expect, it } from 'vitest'

import { decodeTable } from './decode-table.ts'
import { decodeTexts } from './decode-texts.ts'
import { DataError } from './errors.ts'
import { eachRow } from './separator.ts'
import { streamRows } from './stream-rows.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Tables whose quotes hold line ends, with the lines where their rows end. */
const tables: readonly (readonly [name: string, text: string, lines: readonly number[]])[] = [
  ['a line feed', 'a,b\n"x\ny",1\nq,2\n', [1, 3, 4]],
  ['both', 'a,b\r\n"x\r\ny",1\r\nq,2\r\n', [1, 3, 4]],
  ['both among line feeds', 'a,b\n"x\r\ny",1\nq,2', [1, 3, 4]],
  ['a carriage return', 'a,b\n"x\ry",1\nq,2\n', [1, 3, 4]],
  ['a carriage return among its own', 'a,b\r"x\ry",1\rq,2\r', [1, 3, 4]],
  ['both at the ends of a text', 'a,b\r\n"\r\nx\r\n",1\r\nq,2', [1, 4, 5]],
  ['both twice, in two cells', 'a,b\r\n"x\r\n\r\ny","1\r\n"\r\nq,2', [1, 5, 6]],
  ['line feeds before carriage returns', 'a,b\r\n"x\n\ry",1\r\nq,2', [1, 4, 5]],
  ['a quotation mark between the two', 'a,b\n"x\r""\ny",1\nq,2', [1, 4, 5]],
  ['both, and empty lines', '\uFEFF\r\na,b\r\n\r\n\r\n"x\r\ny",1\r\n\r\nq,2', [2, 6, 8]],
  ['both in two rows', 'a,b\r\n"x\r\ny",1\r\n"x\r\ny",1\r\nq,2', [1, 3, 5, 6]],
]

/** A file that comes byte by byte. */
const drops = async function* (text: string): AsyncGenerator<Uint8Array> {
  for (const byte of bytesOf(text)) yield await Promise.resolve(Uint8Array.of(byte))
}

const streamedLines = async (text: string): Promise<readonly number[]> => {
  const lines: number[] = []
  for await (const { line } of streamRows(drops(text), 'csv')) lines.push(line)
  return lines
}

describe('the line where a row ends', () => {
  it.each(tables)('is that of an editor where quotes hold %s', async (_, text, lines) => {
    const taken: number[] = []
    eachRow(bytesOf(text), ',', (_cells, line) => void taken.push(line))
    expect(taken).toEqual(lines)
    expect(await streamedLines(text)).toEqual(lines)
  })

  const broken = 'text,label\r\n"x\r\ny",1\r\n'

  it('is right in later problems', () => {
    const short = { left: new DataError('it has problems:\n  line 4: expected 2 cells, got 1') }
    expect(decodeTable(bytesOf(`${broken}q`))).toMatchObject(short)
    expect(decodeTexts(bytesOf(`${broken}q`), { format: 'csv' })).toMatchObject(short)
  })

  it.each([
    ['opens after text', 'x"y",1'],
    ['closes before text', '"x"y,1'],
    ['closes before white space and text', '"x" y,1'],
  ])('is right where a quotation mark %s', async (_, row) => {
    const message =
      'a quotation mark in the row that begins at line 4 stands within a text; ' +
      'put the text between quotation marks, and double those that are part of it'
    const problem = { left: new DataError(message) }
    expect(decodeTable(bytesOf(broken + row))).toMatchObject(problem)
    expect(decodeTexts(bytesOf(broken + row.replace(' ', '')), { format: 'csv' })).toMatchObject(problem)
    await expect(streamedLines(broken + row)).rejects.toThrow(message)
  })
})
