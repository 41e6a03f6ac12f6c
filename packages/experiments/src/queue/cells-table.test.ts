import { describe, expect, it } from 'vitest'

import { rightOf } from '../../tests/small-network.ts'
import type { JobResult } from '../results/results.ts'
import { cellName, cellsIn, type FinishedCell } from '../run/cells.ts'
import { memoryObjects } from '../run/objects.ts'
import { cellColumns, cellsTable } from './cells-table.ts'
import { secondsLeft } from './grids.ts'
import { storedCells } from './stored-cells.ts'

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

describe('the columns of finished cells', () => {
  it('hold values of their types, and null where there is none or another', () => {
    const odd = {
      ...cellWith(1),
      question: { ...cellWith(1).question, shots: 'many' },
      result: { ...result, depth: null },
    }
    const columns = new Map(cellColumns([odd]).map(({ name, values }) => [name, values[0]]))
    expect(['seed', 'shots', 'depth', 'accuracy', 'backend'].map((name) => columns.get(name))).toEqual([
      ...[1, null, null, 0.5, 'cpu'],
    ])
  })
})

describe('the cells of a store', () => {
  it('are read from its objects; what is none is named', async () => {
    const objects = memoryObjects()
    const cell = cellWith(1)
    rightOf(await cellsIn(objects, { ptu: '1', tfjs: '4', modules: [] }).keep(cell, cell.names, result)())
    for (const name of [cellName('2'.repeat(64)), 'cells/notes.txt', `objects/33/${'3'.repeat(64)}.json`])
      rightOf(await objects.add(name, Uint8Array.of(1))())
    expect(rightOf(await storedCells(objects)())).toEqual({ cells: [cell], damaged: [cellName('2'.repeat(64))] })
  })
})

describe('the time that is left', () => {
  it('is that of the last cells at their speed, and unknown before two are done', () => {
    expect(secondsLeft(4, [1000])).toBeNull()
    expect(secondsLeft(4, [3000, 1000, 2000])).toBe(4)
    expect(secondsLeft(10, [0, ...Array.from({ length: 50 }, (_, i) => 1e6 + 500 * i)])).toBe(5)
  })
})
