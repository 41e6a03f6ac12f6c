import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { parquetReadObjects, parquetSchema, parquetMetadata } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, small, type Sandbox } from '../../tests/sandbox.ts'
import { cellsParquet } from '../exports/cells-parquet.ts'

/** A column of a table whose values must be known. */
type Fields = Readonly<Record<string, unknown>>

let box: Sandbox

beforeAll(async () => {
  box = await openSandbox()
  const line = `compare ${small} --allow-untrained --seeds 2 --strategies share-all,ptu --out @run --store @store`
  expect(await box.ptu(line)).toMatchObject({ code: 0 })
})
afterAll(() => box.remove())

const bytesOf = async (name: string): Promise<ArrayBuffer> =>
  Uint8Array.from(await readFile(join(box.folder, name))).buffer

describe('ptu grid export', () => {
  it('writes the same cells as CSV and as Parquet, numbers as numbers and what is missing as null', async () => {
    expect((await box.ptu('grid export --store store --out cells.parquet')).stdout).toContain('4 cells')
    const [head = '', ...lines] = (await box.ptu('grid export --store store')).stdout.trimEnd().split('\n')
    const file = await bytesOf('cells.parquet')
    const rows = (await parquetReadObjects({ file })) as readonly Fields[]
    expect(rows.map((row) => Object.values(row).join(','))).toEqual(lines)
    expect(Object.keys(rows[0] ?? {}).join(',')).toBe(head)
    const document = JSON.parse(await readFile(join(box.folder, 'run/results.json'), 'utf8')) as {
      readonly runs: readonly Fields[]
    }
    const [first] = document.runs.filter(({ method, seed }) => method === 'ptu' && seed === 1)
    expect(rows.find(({ method, seed }) => method === 'ptu' && seed === 1n)).toMatchObject({
      ...{ shots: 6n, steps: 4n, backend: 'cpu', depth: null, rate: first?.['rate'], accuracy: first?.['accuracy'] },
      ...{ parameters: BigInt(String(first?.['parameters'])), seconds: first?.['seconds'] },
    })
    const types = parquetSchema(parquetMetadata(file)).children.map(({ element: { name, type } }) => [name, type])
    expect(types).toEqual(
      expect.arrayContaining([
        ['cell', 'BYTE_ARRAY'],
        ['seed', 'INT64'],
        ['accuracy', 'DOUBLE'],
      ]),
    )
  })

  it('takes the format that is named before that of the file, and CSV for others', async () => {
    await box.ptu('grid export --store store --out a.parquet --format csv')
    await box.ptu('grid export --store store --out b.txt --format parquet')
    await box.ptu('grid export --store store --out c.txt')
    const [a, b, c] = await Promise.all(['a.parquet', 'b.txt', 'c.txt'].map((name) => bytesOf(name)))
    expect(a).toEqual(c)
    expect(new TextDecoder().decode(b?.slice(0, 4))).toBe('PAR1')
  })

  it('leaves a cell out that was changed, and names it', async () => {
    const cells = join(box.folder, 'store/cells')
    const [name = ''] = (await readdir(cells, { recursive: true })).filter((each) => each.endsWith('.json')).toSorted()
    const before = await readFile(join(cells, name), 'utf8')
    await writeFile(join(cells, name), before.replace('"accuracy":', '"accuracy":1'))
    const { stdout, stderr, code } = await box.ptu('grid export --store store --out d.parquet')
    await writeFile(join(cells, name), before)
    expect({ stdout, code }).toEqual({ stdout: 'written: d.parquet, 3 cells\n', code: 0 })
    expect(stderr).toContain(`cells/${name} is not a cell that ptu wrote`)
  })

  it.each([
    ['grid export --store store --format parquet', 2, '--out'],
    ['grid export --store store --format xlsx', 2, 'csv, parquet'],
    ['grid export --store nowhere', 1, 'expected finished cells in nowhere'],
    ['grid export --store store --out store', 1, 'store'],
    ['grid export --store s3://KEY:hush-hush@x', 2, 's3://BUCKET/PREFIX'],
  ])('%s is refused', async (line, code, words) => {
    const outcome = await box.ptu(line)
    expect(outcome.code).toBe(code)
    expect(outcome.stderr).toContain(words)
    expect(outcome.stderr).not.toContain('hush')
  })

  it('of no cells has its columns', async () => {
    const file = cellsParquet([]).buffer as ArrayBuffer
    expect(await parquetReadObjects({ file })).toEqual([])
    expect(parquetSchema(parquetMetadata(file)).children).toHaveLength(17)
  })
})
