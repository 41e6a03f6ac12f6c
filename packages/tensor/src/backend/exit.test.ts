import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { useBackend } from '../backend.ts'
import type { BackendName } from './names.ts'

const entry = fileURLToPath(new URL('../../dist/backend.js', import.meta.url))

/** A program that starts a backend, computes a gradient on it and ends. */
const program = (name: string): string => `
  import { useBackend } from ${JSON.stringify(entry)}
  import { grad, scalar, square } from '@tensorflow/tfjs-core'
  const started = await useBackend(${JSON.stringify(name)})()
  if (started._tag === 'Left') throw started.left
  console.log((await grad(square)(scalar(3)).data())[0])
`

const run = (code: string): Promise<{ readonly exit: unknown; readonly stdout: string }> =>
  new Promise((resolve) => {
    const options = { timeout: 60_000, env: { ...process.env, NODE_OPTIONS: '' }, cwd: import.meta.dirname }
    execFile(process.execPath, ['--input-type=module', '-e', code], options, (error, stdout) => {
      resolve({ exit: error === null ? 0 : (error.code ?? error.signal), stdout })
    })
  })

const chosen = process.env['PTU_TEST_BACKENDS']?.split(',') ?? ['wasm', 'tensorflow', 'webgpu']
const starting: BackendName[] = []
for (const name of chosen as BackendName[]) if (E.isRight(await useBackend(name)())) starting.push(name)

describe('a program that uses a backend', () => {
  it.each(starting)('ends by itself on %s', async (name) => {
    expect(await run(program(name))).toEqual({ exit: 0, stdout: '6\n' })
  })
})
