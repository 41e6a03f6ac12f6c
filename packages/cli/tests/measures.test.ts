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

const line = `${small} --seeds 1 --strategies share-all,ptu --measure corruption,calibration --out @runs/one --json`

it('measures are the same on threads, where a run goes on, as on one thread', async () => {
  const { code, stdout } = await box.ptu(`compare ${line}`)
  expect(code).toBe(0)
  const one = JSON.parse(stdout) as Results
  expect(one.runs.map(({ measures = [] }) => measures.length)).toEqual([4, 4])
  await rm(join(box.folder, 'runs/one/jobs/seed0-ptu.json'))
  const words = `compare ${line} --workers 1 --resume`.split(' ').map((word) => word.replace('@', `${box.folder}/`))
  const other = await call(process.execPath, [join(root, 'packages/cli/bin/ptu.js'), ...words])
  expect(withoutSeconds(JSON.parse(other.stdout))).toEqual(withoutSeconds(one))
})
