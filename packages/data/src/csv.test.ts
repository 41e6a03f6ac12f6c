import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { decodeCsv, readCsv } from './csv.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const messageOf = (read: E.Either<Error, unknown>): string => (E.isLeft(read) ? read.left.message : 'read')

describe('decodeCsv', () => {
  it('reads numbers and the labels of the last column', () => {
    expect(decodeCsv(bytes('width,height,kind\n1.5,-2e3,oak\r\n.5, 7 ,elm\n\n0,1,oak\n'))).toEqual(
      E.right({
        shape: [2],
        features: Float32Array.from([1.5, -2000, 0.5, 7, 0, 1]),
        labels: Int32Array.from([1, 0, 1]),
        classes: ['elm', 'oak'],
      }),
    )
  })

  it('takes the label from a named column and gives rows a shape', () => {
    const table = '\uFEFF"the ""digit""",a,b,c,d\n10,1,2,3,4\n9,5,6,7,8'
    expect(decodeCsv(bytes(table), { label: 'the "digit"', shape: [2, 2, 1] })).toEqual(
      E.right({
        shape: [2, 2, 1],
        features: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
        labels: Int32Array.from([1, 0]),
        classes: ['9', '10'],
      }),
    )
  })

  it('takes a first line with a number in it for names, and one of numbers only for none', () => {
    expect(decodeCsv(bytes('1990,2000,kind\n1,2,oak'))).toMatchObject({ right: { shape: [2], classes: ['oak'] } })
    expect(messageOf(decodeCsv(bytes('1990,2000,3\n1,2,oak')))).toContain('expected the names of the columns')
  })

  it('reads what was written', () => {
    const numbers = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 })
    const label = fc
      .string({ minLength: 1, maxLength: 8 })
      .filter((text) => text.trim() === text && !text.includes('\0'))
    fc.assert(
      fc.property(fc.array(fc.tuple(numbers, label), { minLength: 1, maxLength: 8 }), (rows) => {
        const lines = rows.map(([xs, name]) => [...xs, `"${name.replaceAll('"', '""')}"`].join())
        const read = decodeCsv(bytes(['a,b,c,label', ...lines].join('\n')))
        if (E.isLeft(read)) throw read.left
        expect([...read.right.features]).toEqual(rows.flatMap(([xs]) => xs.map((x) => x + 0)))
        expect([...read.right.labels].map((i) => read.right.classes[i])).toEqual(rows.map(([, name]) => name))
      }),
    )
  })

  it('never throws', () => {
    const cell = fc.constantFrom(',', '\n', '"', '1', 'a', ' ', '\0', 'é', ';', '1e999')
    const texts = fc.array(cell, { maxLength: 60 }).map((parts) => bytes(parts.join('')))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), texts), (input) => {
        const read = decodeCsv(input)
        if (E.isLeft(read)) expect(read.left.name).toBe('DataError')
        else expect(read.right.features.every((x) => Number.isFinite(x))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('reports every problem with its line', () => {
    const table = 'a,b,kind\n1,2,x\n1,2\n1,nope,x\n1,,\n1,2,3,4\n1,0x10,y\n1e99,2,x\n'
    expect(messageOf(decodeCsv(bytes(table)))).toBe(`it has problems:
  line 3: expected 3 cells, got 2
  line 4, column "b": expected a number, got "nope"
  line 5, column "b": expected a number, got ""
  line 5: the label is empty
  line 6: expected 3 cells, got 4
  line 7, column "b": expected a number, got "0x10"
  line 8, column "a": expected a number, got "1e99"`)
  })

  it('shows the first ten problems and counts the others', () => {
    const lines = messageOf(decodeCsv(bytes(`a,kind\n${'x,y\n'.repeat(37)}`))).split('\n')
    expect(lines).toHaveLength(12)
    expect(lines.at(-1)).toBe('  and 27 more')
  })

  it.each([
    ['a column that comes twice', 'a,b,a,kind\n1,2,3,x', 'line 1: the column "a" comes twice'],
    ['a column without a name', 'a,,kind\n1,2,x', 'line 1: column 2 has no name'],
    ['a missing header', '1,2,3\n4,5,6', 'line 1: expected the names of the columns, got only numbers'],
    ['a single column', 'kind\nx', 'line 1: expected at least one column of numbers and one of labels'],
    ['nothing', '', 'expected a line of names and at least one row, got no row'],
    ['a header alone', 'a,b\n', 'expected a line of names and at least one row, got no row'],
    ['an open quote', 'a,b\n1,"x', 'a quotation mark in the row that begins at line 2 never closes'],
    ['a NUL byte', 'a,b\n1,x\n2,\0', 'line 3 holds a NUL byte: expected text in UTF-8'],
  ])('refuses %s', (_, table, message) => {
    expect(messageOf(decodeCsv(bytes(table)))).toContain(message)
  })

  it('names the columns where the label is not one of them', () => {
    expect(messageOf(decodeCsv(bytes('a,b\n1,x'), { label: 'species' }))).toContain(
      'line 1: expected a column "species", the columns are "a", "b"',
    )
  })

  it('refuses a shape that does not fit', () => {
    expect(messageOf(decodeCsv(bytes('a,b,c\n1,2,x'), { shape: [2, 2] }))).toBe(
      'the shape 2x2 takes 4 numbers, a row has 2',
    )
  })

  it('refuses a label that is a measurement', () => {
    const rows = Array.from({ length: 1001 }, (_, i) => `1,${String(i)}`).join('\n')
    expect(messageOf(decodeCsv(bytes(`a,price\n${rows}`)))).toBe(
      'the label has more than 1000 different values; is it a class?',
    )
  })

  it('names the line that is not UTF-8', () => {
    const latin = Uint8Array.from([...bytes('a,kind\n1,é\n2,'), 0xe9, 0x0a])
    expect(messageOf(decodeCsv(latin))).toBe('line 3 is not UTF-8; save the file as UTF-8')
  })

  it.each([[[0xff, 0xfe]], [[0xfe, 0xff]]])('knows UTF-16 by its mark %j', (mark) => {
    expect(messageOf(decodeCsv(Uint8Array.from([...mark, 0x61, 0])))).toBe(
      'expected UTF-8, got UTF-16; save it as UTF-8',
    )
  })
})

describe('readCsv', () => {
  let folder = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptu-csv-'))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  it('reads a file, and names it where it has problems', async () => {
    const path = join(folder, 'table.csv')
    await writeFile(path, 'a,kind\n1,x\n')
    expect(await readCsv(path)()).toMatchObject({ right: { classes: ['x'] } })
    expect(messageOf(await readCsv(path, { label: 'b' })())).toContain(
      `cannot read ${path}: it has problems:\n  line 1`,
    )
    expect(messageOf(await readCsv(join(folder, 'none.csv'))())).toContain('it does not exist; check the path')
  })
})
