import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { compare, type Results } from '@ptu/experiments'
import { moduleSource, nodeTools } from '@ptu/experiments/node'
import * as E from 'fp-ts/lib/Either.js'
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

describe('the modules of docs/your-own-method.md', () => {
  it('bring a method that is compared in worker threads, with its search', async () => {
    const line = `compare ${small} --seeds 2 --strategies share,mine --workers 2 --out @runs/mine --json`
    const words = line.split(' ').map((word) => word.replace('@', `${box.folder}/`))
    const { stdout } = await call(process.execPath, [bin, ...words, '--method', join(modules, 'mine.mjs')])
    const { settings, runs } = JSON.parse(stdout) as Results
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

  it('bring a network that methods start from', async () => {
    const run = { folder: join(box.folder, 'runs/own'), cache: join(box.folder, 'runs/.cache') }
    const tools = await nodeTools(run)()
    if (E.isLeft(tools)) throw tools.left
    const spec = {
      ...{ source: { kind: 'module', path: join(modules, 'network.mjs') }, target: join(box.folder, 'to.csv') },
      ...{ shots: 6, modules: [], steps: 4, batch: undefined, rate: undefined, backend: 'cpu' },
      ...{ seeds: [0], methods: ['fine-tune', 'ptu'], rates: undefined },
    }
    const compared = await compare(spec, { ...tools.right, kinds: [moduleSource] })()
    if (E.isLeft(compared)) throw compared.left
    expect(compared.right.source).toMatchObject({
      name: 'a random network',
      title: `a random network from ${join(modules, 'network.mjs')}`,
      blocks: ['wide', 'narrow'],
      parameters: 6 * 24 + 24 + 24 * 12 + 12,
    })
    expect(compared.right.runs.map(({ method }) => method).toSorted()).toEqual(['fine-tune', 'ptu'])
  })
})
