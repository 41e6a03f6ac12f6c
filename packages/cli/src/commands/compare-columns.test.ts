import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { key, normals } from '@ptu/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox

/** A table of 120 rows whose class is the sign of column a, which alone has mean 0. */
const tableOf = (seed: number, names: readonly ('a' | 'b' | 'c')[]): string => {
  const draws = normals(key(seed), 120 * 3)
  const rows = Array.from({ length: 120 }, (_, i) => {
    const [a = 0, b = 0, c = 0] = draws.subarray(3 * i, 3 * i + 3)
    const values = { a, b: 7 + b, c: c - 9 }
    return [...names.map((name) => values[name].toFixed(4)), a > 0 ? 'up' : 'down'].join(',')
  })
  return [[...names, 'kind'].join(','), ...rows, ''].join('\n')
}

beforeAll(async () => {
  box = await openSandbox()
  const files = { 'from.csv': tableOf(1, ['a', 'b', 'c']), 'to.csv': tableOf(2, ['a', 'b', 'c']), 'moved.csv': tableOf(2, ['c', 'a', 'b']) } // prettier-ignore
  for (const [name, text] of Object.entries(files)) await writeFile(join(box.folder, name), text)
})
afterAll(() => box.remove())

describe('ptu compare on a model of a table', () => {
  it('reads columns by name, in whatever order a later table has them', async () => {
    const options = '--backend cpu --steps 20'
    const made = await box.ptu(`transfer --source @from.csv#label=kind --target @to.csv#label=kind --shots 10 --epochs 20 ${options} --out @made`) // prettier-ignore
    expect([made.code, made.stderr]).toEqual([0, expect.not.stringContaining('ptu:')])
    const meanOf = async (name: string): Promise<unknown> => {
      const line = `compare --model @made/model.safetensors --target @${name}#label=kind --strategies share-all --shots 5 --seeds 1 --workers 1 ${options} --json --out @run-${name}`
      const { code, stdout, stderr } = await box.ptu(line)
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('own order')])
      return (JSON.parse(stdout) as { readonly runs: readonly { readonly accuracy: number }[] }).runs[0]?.accuracy
    }
    const [same, moved] = [await meanOf('to.csv'), await meanOf('moved.csv')]
    expect(same).toBeGreaterThan(0.8)
    expect(moved).toBe(same)
  })
})
