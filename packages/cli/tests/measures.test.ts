import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { Results } from '@ptu/experiments'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { openSandbox, small, withoutSeconds, type Sandbox } from './sandbox.ts'

const root = join(import.meta.dirname, '../../..')
const call = promisify(execFile)

let box: Sandbox

beforeAll(async () => {
  box = await openSandbox()
  await call(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'packages/cli'], { cwd: root })
})
afterAll(async () => box.remove())

const compared = async (line: string): Promise<Results> => {
  const words = `${small} --seeds 2 --strategies share-all,ptu --measure corruption,calibration --json ${line}`
    .split(' ')
    .map((word) => word.replace('@', `${box.folder}/`))
  const bin = join(root, 'packages/cli/bin/ptu.js')
  return JSON.parse((await call(process.execPath, [bin, 'compare', ...words])).stdout) as Results
}

it('measures are the same on however many threads, and where a run goes on', async () => {
  const one = await compared('--workers 1 --out @runs/one')
  expect(one.runs.map(({ measures = [] }) => measures.length)).toEqual([4, 4, 4, 4])
  await rm(join(box.folder, 'runs/one/jobs/seed1-ptu.json'))
  expect(withoutSeconds(await compared('--workers 2 --out @runs/one --resume'))).toEqual(withoutSeconds(one))
})
