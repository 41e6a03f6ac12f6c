import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { messageIn, rightOf } from '../../tests/small-network.ts'
import { objectFolder } from '../node/object-folder.ts'
import type { JobResult } from '../results/results.ts'
import { cellName, cellsIn, type FinishedCell } from '../run/cells.ts'
import { cellsTable, storedCells } from './cells-table.ts'
import { secondsLeft } from './grids.ts'

const result: JobResult = {
  ...{ depth: 2, rate: 0.1, accuracy: 0.5, curve: [], gates: [], parameters: 3, bytes: 9, foldError: 0 },
  ...{ testOpened: 1, trials: [], seconds: 2 },
}
const cellWith = (seed: number, source = 'a'): FinishedCell => ({
  key: String(seed).repeat(64),
  question: {
    seed,
    method: 'ptu',
    shots: 3,
    steps: 4,
    batch: 5,
    backend: 'cpu',
    ptu: '1',
    source: 's',
    'target data': 'd',
  },
  names: { source, target: 'b' },
  result,
})

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-table-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('the table of finished cells', () => {
  it('has a row for each, ordered by seed as a number', () => {
    const [head, ...rows] = cellsTable([cellWith(10), cellWith(9)])
      .trimEnd()
      .split('\n')
    expect(head).toBe(
      'cell,source,target,method,seed,shots,steps,batch,backend,ptu,depth,rate,accuracy,parameters,seconds,target data,source network',
    )
    expect(rows.map((row) => row.split(',').slice(1).join())).toEqual(
      [9, 10].map((seed) => `a,b,ptu,${seed},3,4,5,cpu,1,2,0.1,0.5,3,2,d,s`),
    )
  })

  it('quotes what would end a field, and disarms what a spreadsheet would run', () => {
    expect(cellsTable([cellWith(1, 'x,"y"\nz')])).toContain('"x,""y""\nz"')
    expect(cellsTable([cellWith(1, '=HYPERLINK(1)')])).toContain("'=HYPERLINK(1)")
  })
})

describe('the cells of a store', () => {
  it('are read from its folder; what is none is named', async () => {
    expect(messageIn(await storedCells(folder)())).toContain('finished cells')
    const cell = cellWith(1)
    const cells = cellsIn(objectFolder(folder), { ptu: '1', tfjs: '4', modules: [] })
    rightOf(await cells.keep(cell, cell.names, result)())
    rightOf(await objectFolder(folder).add(cellName('2'.repeat(64)), Uint8Array.of(1))())
    await writeFile(join(folder, 'cells', 'notes.txt'), '')
    expect(rightOf(await storedCells(folder)())).toEqual({ cells: [cell], damaged: [cellName('2'.repeat(64))] })
  })
})

describe('the time that is left', () => {
  it('is that of the last cells at their speed, and unknown before two are done', () => {
    expect(secondsLeft(4, [1000])).toBeNull()
    expect(secondsLeft(4, [3000, 1000, 2000])).toBe(4)
    expect(secondsLeft(10, [0, ...Array.from({ length: 50 }, (_, i) => 1e6 + 500 * i)])).toBe(5)
  })
})
