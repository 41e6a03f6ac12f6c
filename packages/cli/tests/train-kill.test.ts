import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { key, uniforms } from '@ptu/core'
import { encode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const bin = join(root, 'packages/cli/bin/ptu.js')
const call = promisify(execFile)

let folder = ''
let modules = ''

/** A small network of convolutions, as a module of a user. */
const network = `
import { key } from '@ptu/core'
import { conv2d, relu, serial } from '@ptu/layers'
import { initBody } from '@ptu/networks'
const body = ['one', 'two', 'three'].map((name) => ({ name, layer: serial(conv2d(6, 3, { stride: 2 }), relu) }))
const input = { shape: [16, 16, 3], normalisation: { mean: 127.5, deviation: 127.5 } }
const image = { size: [16, 16], channels: 3, fit: 'squash' }
export const source = {
  name: 'small',
  open: async () => ({ body, params: initBody(body, key(0), [16, 16, 3]), input: { ...input, image } }),
}
`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-train-'))
  await mkdir(join(root, '.cache'), { recursive: true })
  modules = await mkdtemp(join(root, '.cache/small-'))
  await writeFile(join(modules, 'network.mjs'), network)
  for (const [label, name] of ['dark', 'light'].entries()) {
    await mkdir(join(folder, 'photos', name), { recursive: true })
    for (let i = 0; i < 8; i++) {
      const data = Uint8Array.from(uniforms(key(10 * label + i), 16 * 16 * 3), (u) => 100 * label + 100 * u)
      const png = encode({ width: 16, height: 16, channels: 3, data })
      await writeFile(join(folder, 'photos', name, `${i}.png`), png)
    }
  }
  await call(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'packages/cli'], { cwd: root })
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await rm(modules, { recursive: true, force: true })
})

const words = (out: string, ...more: readonly string[]): readonly string[] => [
  ...[bin, 'train', join(folder, 'photos'), '--model', join(modules, 'network.mjs'), '--freeze', '1'],
  ...['--steps', '15', '--backend', 'cpu', '--workers', '2', '--out', join(folder, out), ...more],
]

const model = (out: string): Promise<Buffer> => readFile(join(folder, out, 'model.safetensors'))

const keptFolds = async (out: string): Promise<number> =>
  (await readdir(join(folder, out, '.ptu/folds')).catch(() => [])).filter((name) => name.endsWith('.json')).length

/** Starts a training and kills it as soon as it has kept so many folds and some milliseconds more. */
const startAndKill = async (args: readonly string[], out: string, folds: number, more: number): Promise<void> => {
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.on('close', resolve))
  const until = performance.now() + 60_000
  while (child.exitCode === null && performance.now() < until && (await keptFolds(out)) < folds)
    await new Promise((resolve) => setTimeout(resolve, 10))
  await new Promise((resolve) => setTimeout(resolve, more))
  child.kill('SIGKILL')
  await ended
}

describe('a training that was killed again and again', () => {
  it('goes on to the model of one that was not, and keeps the folds that it had', async () => {
    await call(process.execPath, words('whole'))
    const delays = Array.from(uniforms(key(7), 3), (u) => Math.round(300 * u))
    const kept: number[] = []
    for (const [i, delay] of delays.entries()) {
      await startAndKill(words('cut', ...(i === 0 ? [] : ['--resume'])), 'cut', 2 * i + 1, delay)
      kept.push(await keptFolds('cut'))
    }
    expect(kept).toEqual(kept.toSorted((a, b) => a - b))
    expect(kept.at(-1)).toBeGreaterThanOrEqual(5)
    await call(process.execPath, words('cut', '--resume'))
    expect(await model('cut')).toEqual(await model('whole'))
    expect(await readFile(join(folder, 'cut/model.json'), 'utf8')).toBe(
      await readFile(join(folder, 'whole/model.json'), 'utf8'),
    )
  })

  it('is not joined by a second process', async () => {
    const first = spawn(process.execPath, words('shared'), { stdio: 'ignore' })
    const ended = new Promise<number | null>((resolve) => first.on('close', resolve))
    while (first.exitCode === null && (await keptFolds('shared')) < 1)
      await new Promise((resolve) => setTimeout(resolve, 10))
    const second = await call(process.execPath, words('shared', '--resume')).catch((cause: unknown) => cause)
    expect(second).toMatchObject({ code: 1 })
    expect((second as { readonly stderr: string }).stderr).toContain(String(first.pid))
    expect(await ended).toBe(0)
    expect(await model('shared')).toEqual(await model('whole'))
  })

  it('is not begun anew over the model that it made', async () => {
    const before = await model('whole')
    const again = await call(process.execPath, words('whole', '--seed', '3')).catch((cause: unknown) => cause)
    expect(again).toMatchObject({ code: 2 })
    expect((again as { readonly stderr: string }).stderr).toContain('--resume')
    expect(await model('whole')).toEqual(before)
  })
})
