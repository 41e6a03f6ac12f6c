import { key } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { beforeAll, describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { messageIn, rightOf, smallComparison, smallNetwork } from '../../tests/small-network.ts'
import type { JobResult } from '../results/results.ts'
import { gridQuestion, type CodeVersion } from './cell.ts'
import { cellName, cellsIn, decodeCell } from './cells.ts'
import type { Comparison } from './comparison.ts'
import type { Job } from './job.ts'
import { memoryObjects } from './objects.ts'

const code: CodeVersion = { ptu: '1', tfjs: '4', modules: ['aa'] }
const job: Job = { seed: 0, method: 'ptu' }
const names = { source: 'a', target: 'b' }

const result: JobResult = {
  ...{ depth: null, rate: 0.1, accuracy: 0.5, curve: [1], gates: [], parameters: 3, bytes: 9, foldError: 0 },
  ...{ testOpened: 1, trials: [{ depth: null, rate: 0.1, accuracy: 1, loss: null, seconds: 1 }], seconds: 2 },
}

let comparison: Comparison

beforeAll(async () => {
  comparison = smallComparison(await smallNetwork(), blobs(key(1), 8), { record: { backend: 'cpu', seeds: [0, 1] } })
})

const keyOf = async (changes: Partial<Comparison>, own: Job = job, by: CodeVersion = code): Promise<string> =>
  (await cellsIn(memoryObjects(), by).cellOf({ ...comparison, ...changes }, own)).key

describe('the key of a cell', () => {
  it('changes with everything that its numbers depend on', async () => {
    const other = await smallNetwork(1)
    const keys = await Promise.all([
      keyOf({}),
      keyOf({ network: other }),
      keyOf({ prefix: other }),
      keyOf({ target: { ...comparison.target, digest: 'other' } }),
      keyOf({ sourceData: 'other' }),
      keyOf({ shots: 5 }),
      keyOf({ rescales: true }),
      keyOf({ rates: [2] }),
      keyOf({ rate: 2 }),
      keyOf({ zeroHead: false }),
      keyOf({ steps: 13 }),
      keyOf({ batch: 9 }),
      keyOf({ measured: [{ measure: 'ood', datasets: [] }] }),
      keyOf({ measured: [{ measure: 'calibration', datasets: [] }] }),
      keyOf({ record: { backend: 'wasm' } }),
      keyOf({}, { ...job, seed: 1 }),
      keyOf({}, { ...job, method: 'share' }),
      keyOf({}, { ...job, held: { depth: 1, rate: 1 } }),
      keyOf({}, job, { ...code, ptu: '2' }),
      keyOf({}, job, { ...code, tfjs: '5' }),
      keyOf({}, { ...job, method: 'mine' }),
      keyOf({}, { ...job, method: 'mine' }, { ...code, modules: ['bb'] }),
    ])
    expect(new Set(keys).size).toBe(keys.length)
    const targets = { kind: 'multi-label', values: new Float64Array(32) } as const
    const sets = gridQuestion({ ...comparison, target: { ...comparison.target, train: { ...comparison.target.train, targets } } }, 'cpu', code) // prettier-ignore
    expect(sets).toEqual({ ...gridQuestion(comparison, 'cpu', code), thresholds: 'by the labelled examples' })
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/)
  })

  it('does not change with the other cells of the grid, its names, or modules that a built-in method does not use', async () => {
    expect(await keyOf({ record: { backend: 'cpu', seeds: [0], methods: ['x'], target: 'elsewhere.csv' } })).toBe(
      await keyOf({}),
    )
    expect(await keyOf({}, job, { ...code, modules: [] })).toBe(await keyOf({}))
  })
})

describe('finished cells', () => {
  it('are found by their key and hold what was asked', async () => {
    const cells = cellsIn(memoryObjects(), code)
    const cell = await cells.cellOf(comparison, job)
    expect(await cells.find(cell)()).toEqual(E.right(undefined))
    rightOf(await cells.keep(cell, names, result)())
    expect(await cells.find(cell)()).toEqual(E.right(result))
  })

  it('may be computed twice: equal but for the time they took, they agree', async () => {
    const cells = cellsIn(memoryObjects(), code)
    const cell = await cells.cellOf(comparison, job)
    rightOf(await cells.keep(cell, names, result)())
    const slower = { ...result, seconds: 9, trials: result.trials.map((trial) => ({ ...trial, seconds: 9 })) }
    rightOf(await cells.keep(cell, names, slower)())
    expect(await cells.find(cell)()).toEqual(E.right(result))
  })

  it('with two results are refused, and the message says in which field they differ', async () => {
    const cells = cellsIn(memoryObjects(), code)
    const cell = await cells.cellOf(comparison, job)
    rightOf(await cells.keep(cell, names, result)())
    const message = messageIn(await cells.keep(cell, names, { ...result, accuracy: 0.75 })())
    expect(message).toContain('accuracy: 0.5 there, 0.75 here')
    expect(message).toContain(cellName(cell.key))
  })

  it('that are damaged or copied over another name count as absent, and are named when the cell is kept', async () => {
    const objects = memoryObjects()
    const cells = cellsIn(objects, code)
    const [cell, other] = [await cells.cellOf(comparison, job), await cells.cellOf(comparison, { ...job, seed: 1 })]
    rightOf(await cells.keep(cell, names, result)())
    const bytes = rightOf(await objects.find(cellName(cell.key))()) ?? new Uint8Array()
    const text = new TextDecoder().decode(bytes)
    for (const damaged of [
      '',
      '{}',
      'null',
      text.slice(0, -9),
      text.replace('0.5', '0.6'),
      text.replace('"seed":0', '"seed":1'),
    ])
      expect(await decodeCell(cell.key, new TextEncoder().encode(damaged))).toBeUndefined()
    expect(await decodeCell(cell.key, bytes)).toMatchObject({ result })
    rightOf(await objects.add(cellName(other.key), bytes)())
    expect(await cells.find(other)()).toEqual(E.right(undefined))
    expect(messageIn(await cells.keep(other, names, result)())).toContain('remove it')
  })
})
