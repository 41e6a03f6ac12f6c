import { describe, expect, it } from 'vitest'

import type { Encoding, TableEncoding, TextEncoding } from './encoding.ts'
import { newRows, rowsFile, type NewRow } from './new-rows.ts'
import type { TextFormat } from './text-records.ts'

const table: TableEncoding = {
  kind: 'table',
  label: 'kind',
  missing: 'refuse',
  columns: [
    { kind: 'number', name: 'width', mean: 2 },
    { kind: 'category', name: 'colour', categories: ['blue', 'red'] },
    { kind: 'number', name: 'height', mean: 5 },
  ],
}

const texts: TextEncoding = {
  kind: 'text',
  text: 'body',
  label: 'stars',
  unit: 'word',
  vocabulary: ['<padding>', '<unknown>', 'good', 'naïve'],
}

const bytesOf = async function* (text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let from = 0; from < bytes.length; from += size) yield await Promise.resolve(bytes.subarray(from, from + size))
}

interface Read {
  readonly rows: readonly NewRow[]
  readonly notes: readonly string[]
}

const read = async (text: string, encoding: Encoding, format: TextFormat = 'csv', size = 3): Promise<Read> => {
  const { rows, notes } = newRows([{ name: 'new', format, chunks: bytesOf(text, size) }], encoding)
  const found: NewRow[] = []
  for await (const row of rows) found.push(row)
  return { rows: found, notes: notes() }
}

const featuresOf = ({ rows }: Read): readonly unknown[] =>
  rows.map((row) => ('features' in row ? [...row.features] : row.why))

describe('new rows of a table', () => {
  it('are brought to the columns of training by name, others are ignored and named once', async () => {
    const found = await read('height,note,colour,width\n7,x,red,1\n8,y,blue,2\n', table)
    expect(featuresOf(found)).toEqual([
      [1, 0, 1, 7],
      [2, 1, 0, 8],
    ])
    expect(found.rows.map(({ name, labels }) => [name, labels])).toEqual([
      ['new:2', undefined],
      ['new:3', undefined],
    ])
    expect(found.notes).toEqual(['ignored, as training did not have them: the columns "note"'])
    expect('shown' in (found.rows[0] ?? {}) && found.rows[0]).toMatchObject({ shown: 'width 1, colour red, height 7' })
  })

  it.each([3, 1000])(
    'end with or without a carriage return, whatever the first ends with (pieces of %d bytes)',
    async (size) => {
      for (const text of [
        'width,colour,height\r\n1,red,7\n2,blue,8\r\n',
        'width,colour,height\n1,red,7\r\n2,blue,8\n',
      ]) {
        const found = await read(text, table, 'csv', size)
        expect(featuresOf(found)).toEqual([
          [1, 0, 1, 7],
          [2, 1, 0, 8],
        ])
        expect(found.rows.map(({ name }) => name)).toEqual(['new:2', 'new:3'])
      }
    },
  )

  it('carry the label where there is one, which is not called ignored', async () => {
    const found = await read('kind;height;colour;width\noak;7,5;red;1\n', table)
    expect(featuresOf(found)).toEqual([[1, 0, 1, 7.5]])
    expect([found.rows[0]?.labels, found.notes]).toEqual([['oak'], []])
  })

  it('are refused where a column lacks, which is named with those that are there', async () => {
    await expect(read('height,colour\n7,red\n', table)).rejects.toThrow(
      'cannot read new: expected the columns that the model was trained on, it lacks "width"; it has "height", "colour"',
    )
    await expect(read('', table)).rejects.toThrow('got no row')
  })

  it('are refused where a column of the model comes twice; others may', async () => {
    await expect(read('height,colour,width,width\n7,red,1,2\n', table)).rejects.toThrow(
      'cannot read new: line 1: the column "width" comes twice',
    )
    expect(featuresOf(await read('height,note,colour,note,width\n7,x,red,y,1\n', table))).toEqual([[1, 0, 1, 7]])
  })

  it('with a category that training did not have are taken as none of the known ones, and counted', async () => {
    const found = await read('width,colour,height\n1,pink,7\n1,pink,7\n1,grey,7\n1,red,7\n', table)
    expect(featuresOf(found)).toEqual([...Array.from({ length: 3 }, () => [1, 0, 0, 7]), [1, 0, 1, 7]])
    expect(found.notes).toEqual([
      '3 cells with a category that training did not have, taken as none of those that it had: ' +
        '"pink" in "colour" (2), "grey" in "colour" (1)',
    ])
  })

  it('that cannot be read say why and do not stop the others', async () => {
    const found = await read('width,colour,height\nwide,red,7\n1,red\n,red,7\n1,,7\n1e99,red,7\n1,red,7\n', table)
    expect(featuresOf(found)).toEqual([
      'column "width": expected a number, got "wide"',
      'expected 3 cells, got 2',
      'column "width": the cell is missing',
      'column "colour": the cell is missing',
      'column "width": expected a number, got "1e99"',
      [1, 0, 1, 7],
    ])
  })

  it('are filled where training filled: numbers by the mean of training, categories by none', async () => {
    const found = await read('width,colour,height\n?,NA,7\n', { ...table, missing: 'mean' })
    expect(featuresOf(found)).toEqual([[2, 0, 0, 7]])
    expect(found.notes).toEqual([])
  })

  it('without names are the columns of training in their order', async () => {
    const columns = table.columns.filter(({ kind }) => kind === 'number')
    expect(featuresOf(await read('1,7\n2,8\n', { ...table, columns }))).toEqual([
      [1, 7],
      [2, 8],
    ])
  })

  it('of JSON are read the same, whatever bytes come together', async () => {
    const text = '{"height":7,"colour":"red","width":1}\n\n{"width":2,"height":8,"colour":"blue"}\n{"width":[]}\n'
    for (const size of [1, 7, 1000]) {
      const found = await read(text, table, 'jsonl', size)
      expect(featuresOf(found)).toEqual([
        [1, 0, 1, 7],
        [2, 1, 0, 8],
        'expected a number or a text in "width", got a list or an object',
      ])
      expect(found.rows.map(({ name }) => name)).toEqual(['new:1', 'new:3', 'new:4'])
    }
  })

  it('come in memory of a few: the first is there before the last is read', async () => {
    let isRead = false
    const chunks = (async function* () {
      yield new TextEncoder().encode('width,colour,height\n')
      for (let i = 0; i < 5000; i++)
        yield await Promise.resolve(new TextEncoder().encode(`${i},red,700000000\n`.repeat(20)))
      isRead = true
    })()
    const { rows } = newRows([{ name: 'new', format: 'csv', chunks }], table)
    for await (const row of rows) {
      expect('features' in row && row.features[0]).toBe(0)
      break
    }
    expect(isRead).toBe(false)
  })
})

describe('new texts', () => {
  it('count the tokens of the vocabulary, others as one unknown token', async () => {
    const found = await read('stars,body\n1,"Good, good naïve day"\n2," "\n', texts)
    expect(featuresOf(found)).toEqual([
      [0, Math.log(3), Math.log(3), Math.log(2)].map(Math.fround),
      'the text holds no token',
    ])
    expect(found.notes).toEqual(['2 of 5 tokens are not in the vocabulary; they count as one unknown token'])
    expect(found.rows[0]).toMatchObject({ labels: ['1'], shown: 'Good, good naïve day' })
  })
})

describe('new rows of a file that is broken', () => {
  const encoding: Encoding = { ...texts, label: 'stars' }

  it('say which line is no text, and the others are read', async () => {
    const bytes = Uint8Array.from(`body,stars\n${'good,1\n'.repeat(12_000)}caf\xe9,2\n"a\nb\0",3\ngood,4\n`, (sign) =>
      sign.charCodeAt(0),
    )
    const chunks = (async function* () {
      for (let from = 0; from < bytes.length; from += 1000)
        yield await Promise.resolve(bytes.subarray(from, from + 1000))
    })()
    const found: NewRow[] = []
    for await (const row of newRows([{ name: 'new', format: 'csv', chunks }], encoding).rows) found.push(row)
    expect(found.slice(-4).map((row) => [row.name, 'why' in row ? row.why : 'read'])).toEqual([
      ['new:12001', 'read'],
      ['new:12002', 'line 12002 is not UTF-8'],
      ['new:12004', 'line 12004 holds a NUL byte'],
      ['new:12005', 'read'],
    ])
  })

  it.each(['csv', 'jsonl'] as const)('take no more than a row of memory where it never ends: %s', async (format) => {
    let given = 0
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      const start = format === 'csv' ? 'body,stars\ngood,1\nx,"' : '{"body":"good"}\n{"body":"'
      yield new TextEncoder().encode(start)
      const chunk = new TextEncoder().encode(format === 'csv' ? 'a,b\n'.repeat(16_384) : 'a'.repeat(65_536))
      for (; given < 1000; given++) yield await Promise.resolve(chunk)
    }
    const all = async (): Promise<void> => {
      for await (const row of newRows([{ name: 'new', format, chunks: endless() }], encoding).rows)
        expect(row.name).toMatch(/^new:[12]$/)
    }
    await expect(all()).rejects.toThrow(
      format === 'csv'
        ? 'cannot read new: the row that begins at line 3 has more than 4194304 characters; close a quotation mark'
        : 'cannot read new: line 2 has more than 4194304 bytes',
    )
    expect(given).toBeLessThan(100)
  })

  it('name the row whose quotation mark never closes', async () => {
    await expect(read('body,stars\ngood,"1\n2"\n"good,3\nx,4\n', encoding)).rejects.toThrow(
      'cannot read new: a quotation mark in the row that begins at line 4 never closes',
    )
  })

  it('say once which file cannot be read', async () => {
    const { rows } = newRows([rowsFile('no-such.csv')], encoding)
    await expect(rows[Symbol.asyncIterator]().next()).rejects.toThrow(
      /^cannot read no-such\.csv: it does not exist; check the path$/,
    )
  })

  it('pass on what fails in the source', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(new TextEncoder().encode(`body,stars\n${'good,1\n'.repeat(20_000)}`))
      throw new Error('the disk went away')
    }
    const { rows } = newRows([{ name: 'new', format: 'csv', chunks: failing() }], encoding)
    const all = async (): Promise<void> => {
      for await (const row of rows) expect(row.labels).toEqual(['1'])
    }
    await expect(all()).rejects.toThrow('cannot read new: the disk went away')
  })
})
