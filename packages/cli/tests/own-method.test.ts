import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { Results } from '@ptu/experiments'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, small, type Sandbox } from './sandbox.ts'

const root = join(import.meta.dirname, '../../..')
const bin = join(root, 'packages/cli/bin/ptu.js')
const call = promisify(execFile)

let box: Sandbox
let modules = ''

beforeAll(async () => {
  box = await openSandbox()
  // Beside the packages, so that the modules find them.
  await mkdir(join(root, '.cache'), { recursive: true })
  modules = await mkdtemp(join(root, '.cache/own-'))
  const page = await readFile(join(root, 'docs/your-own-method.md'), 'utf8')
  for (const [, name = '', code = ''] of page.matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```$/gm))
    await writeFile(join(modules, name), code)
  await call(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'packages/cli'], { cwd: root })
})
afterAll(async () => {
  await box.remove()
  await rm(modules, { recursive: true, force: true })
})

/** The results of a comparison; `@` stands for the folder of the data. */
const compared = async (first: readonly string[], line: string): Promise<Results> => {
  const words = line.split(' ').map((word) => word.replace('@', `${box.folder}/`))
  return JSON.parse((await call(process.execPath, [bin, 'compare', ...first, ...words])).stdout) as Results
}

describe('the modules of docs/your-own-method.md', () => {
  it('bring a method that is compared in worker threads, with its search', async () => {
    const { settings, runs } = await compared(
      ['--method', join(modules, 'mine.mjs')],
      `${small} --seeds 2 --strategies share,mine --workers 2 --out @runs/mine --json`,
    )
    expect(settings.methods).toEqual([
      { name: 'share', role: 'baseline' },
      { name: 'mine', role: 'baseline' },
    ])
    const own = runs.filter(({ method }) => method === 'mine')
    expect(own).toHaveLength(2)
    for (const { trials, depth } of own) {
      expect(trials.map((trial) => [trial.depth, trial.rate])).toEqual([
        [0, 1e-3],
        [0, 4e-3],
        [1, 1e-3],
        [1, 4e-3],
      ])
      expect([0, 1]).toContain(depth)
    }
  })

  it('are named where their own code fails, which is no bug of ptu', async () => {
    const path = join(modules, 'failing.mjs')
    const code = `export const method = { name: 'mine', role: 'baseline', trials: () => { throw new Error('a slip') }, plan: () => [] }`
    await writeFile(path, code)
    await expect(
      compared(['--method', path], `${small} --seeds 1 --strategies share,mine --workers 1 --out @runs/failing --json`),
    ).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ptu: .*failing\.mjs: trials of the method mine: a slip\n$/) as string,
    })
  })

  it('bring a network that methods start from, in worker threads', async () => {
    const { source, runs } = await compared(
      ['--model', join(modules, 'network.mjs'), '--target', join(box.folder, 'to.csv'), '--backend', 'cpu'],
      `--shots 6 --steps 4 --seeds 1 --strategies fine-tune,ptu --workers 2 --out @runs/own --json`,
    )
    expect(source).toMatchObject({
      name: 'a random network',
      title: `a random network from ${join(modules, 'network.mjs')}`,
      blocks: ['wide', 'narrow'],
      parameters: 6 * 24 + 24 + 24 * 12 + 12,
    })
    expect(runs.map(({ method }) => method).toSorted()).toEqual(['fine-tune', 'ptu'])
  })
})
