import { execFile, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, small, withoutSeconds, type Sandbox } from './sandbox.ts'

const root = join(import.meta.dirname, '../../..')
const bin = join(root, 'packages/cli/bin/ptu.js')
const call = promisify(execFile)

let box: Sandbox

beforeAll(async () => {
  box = await openSandbox()
  await call(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'packages/cli'], { cwd: root })
})
afterAll(async () => box.remove())

const words = (line: string): readonly string[] => line.split(' ').map((word) => word.replace('@', `${box.folder}/`))

/** Starts a command, and ends it with a signal as soon as `isTime` says so; returns its exit code and signal. */
const startAndEnd = async (
  line: string,
  signal: NodeJS.Signals,
  isTime: () => Promise<boolean>,
): Promise<{ readonly code: number | null; readonly signal: string | null; readonly stderr: string }> => {
  const child = spawn(process.execPath, [bin, ...words(line)])
  const said: string[] = []
  child.stderr.on('data', (text: Buffer) => said.push(text.toString()))
  const ended = new Promise<{ readonly code: number | null; readonly signal: string | null }>((resolve) => {
    child.on('close', (code, by) => {
      resolve({ code, signal: by })
    })
  })
  while (child.exitCode === null && !(await isTime())) await new Promise((resolve) => setTimeout(resolve, 10))
  child.kill(signal)
  return { ...(await ended), stderr: said.join('') }
}

const namesIn = (path: string): Promise<readonly string[]> => readdir(join(box.folder, path)).catch(() => [])

const isThere =
  (folder: string, pattern: RegExp): (() => Promise<boolean>) =>
  async () =>
    (await namesIn(folder)).some((name) => pattern.test(name))

const results = async (path: string): Promise<unknown> =>
  withoutSeconds(JSON.parse(await readFile(join(box.folder, path, 'results.json'), 'utf8')))

const compare = `compare ${small} --seeds 2 --strategies share,fine-tune,ptu --steps 40`
const transfer = `transfer ${small} --steps 1500`

describe('a run that was killed', () => {
  it('goes on to the numbers of one that was not, on however many threads', async () => {
    const { stdout } = await call(process.execPath, [bin, ...words(`${compare} --workers 1 --out @runs/whole --json`)])
    const killed = await startAndEnd(
      `${compare} --workers 2 --out @runs/cut`,
      'SIGKILL',
      isThere('runs/cut/jobs', /\.json$/),
    )
    expect(killed.signal).toBe('SIGKILL')
    const kept = await namesIn('runs/cut/jobs')
    expect(kept.filter((name) => name.endsWith('.json')).length).toBeLessThan(6)
    await call(process.execPath, [bin, ...words(`${compare} --workers 2 --out @runs/cut --resume`)])
    expect(await results('runs/cut')).toEqual(await results('runs/whole'))
    expect(withoutSeconds(JSON.parse(stdout))).toEqual(await results('runs/whole'))
  })

  it('goes on in the middle of a training to the same bytes', async () => {
    const checkpoint = isThere('runs/half/checkpoints', /^seed0-ptu\.safetensors$/)
    const killed = await startAndEnd(`${transfer} --out @runs/half`, 'SIGKILL', checkpoint)
    expect(killed.signal).toBe('SIGKILL')
    expect(await namesIn('runs/half')).not.toContain('model.safetensors')
    for (const line of [`${transfer} --out @runs/half --resume`, `${transfer} --out @runs/full`])
      await call(process.execPath, [bin, ...words(line)])
    const [half, full] = ['half', 'full'].map((name) => readFile(join(box.folder, 'runs', name, 'model.safetensors')))
    expect(await half).toEqual(await full)
  }, 300_000)
})

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (name) => {
  it('ends a comparison with 130 and says how to go on', async () => {
    const stopped = await startAndEnd(
      `${compare} --workers 2 --out @runs/${name}`,
      name,
      isThere(`runs/${name}/jobs`, /./),
    )
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toContain('to go on, repeat the command with --resume')
    await call(process.execPath, [bin, ...words(`${compare} --out @runs/${name} --resume`)])
    expect(await results(`runs/${name}`)).toEqual(await results('runs/whole'))
  })
})

describe.skipIf(process.platform === 'win32')('a machine at its limits', () => {
  const said = (script: string): Promise<unknown> =>
    call('/bin/sh', ['-c', script], {
      cwd: box.folder,
      env: { ...process.env, PTU: bin, NODE: process.execPath },
    }).then(
      () => undefined,
      (cause: unknown) => cause,
    )

  it.each([
    ['20 open files', 'ulimit -n 20; exec "$NODE" "$PTU" doctor', 'ulimit -n'],
    ['a deleted working folder', 'mkdir gone; cd gone; rmdir ../gone; exec "$NODE" "$PTU" doctor', 'change to another'],
  ])('with %s gets a message and no stack trace', async (_, script, remedy) => {
    const outcome = await said(script)
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(remedy) as unknown })
    expect((outcome as { readonly stderr: string }).stderr.trim().split('\n')).toHaveLength(1)
  })

  it('refuses a configuration that comes through a pipe instead of waiting for it', async () => {
    const outcome = await said('mkfifo silent; exec "$NODE" "$PTU" compare --config silent --out o')
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('a pipe') as unknown })
  })
})
