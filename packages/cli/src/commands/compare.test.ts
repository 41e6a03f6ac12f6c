import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { resultsDecoder, type Results } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, small, takenForLabel, withoutSeconds, type Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox
let first: Results

const line = `compare ${small} --seeds 2 --strategies scratch,share,fine-tune,ptu,ptu-three,ptu-fixed --rates 1e-3,1e-2 --json`

/** One run of training. */
const quick = `compare ${small} --seeds 1 --strategies ptu --json`

const read = (stdout: string): Results => {
  const decoded = resultsDecoder(JSON.parse(stdout), [])
  if (E.isLeft(decoded)) throw new Error(JSON.stringify(decoded.left))
  return decoded.right
}

beforeAll(async () => {
  box = await openSandbox()
  const { code, stdout, stderr } = await box.ptu(`${line} --out @runs/a`)
  expect(stderr).toBe(takenForLabel(box, 'from.csv', 'to.csv'))
  expect(code).toBe(0)
  first = read(stdout)
})
afterAll(async () => box.remove())

describe('ptu compare', () => {
  it('prints one document of the documented schema and writes the same to results.json', async () => {
    const written = await readFile(join(box.folder, 'runs/a/results.json'), 'utf8')
    expect(JSON.parse(written)).toEqual(first)
    expect(first.rows.map(({ method }) => method)).toEqual([
      'scratch',
      'share',
      'fine-tune',
      'any',
      'ptu',
      'ptu-three',
      'ptu-fixed',
    ])
    expect(first.runs).toHaveLength(14)
  })

  it('lets tuned baselines try every depth and rate and the unit nothing', () => {
    const tries = (method: string): unknown =>
      first.runs.find((run) => run.method === method && run.seed === 1)?.trials.map(({ depth, rate }) => [depth, rate])
    expect(tries('share')).toEqual([
      [1, 0.001],
      [1, 0.01],
      [2, 0.001],
      [2, 0.01],
    ])
    expect(tries('scratch')).toEqual([
      [null, 0.001],
      [null, 0.01],
    ])
    expect(tries('ptu')).toEqual([])
  })

  it('takes for any* the tuned baseline that validation prefers, at the cost of all searches', () => {
    for (const seed of [0, 1]) {
      const own = first.runs.filter((run) => run.seed === seed)
      const any = own.find(({ method }) => method === 'any')
      const best = Math.max(...own.flatMap(({ trials }) => trials.map(({ accuracy }) => accuracy)))
      const chosen = own.find(({ method }) => method === any?.chosen)
      expect(chosen?.accuracy).toBe(any?.accuracy)
      expect(chosen?.trials.some(({ accuracy }) => accuracy === best)).toBe(true)
      const tried = own.flatMap(({ trials }) => trials).reduce((sum, { seconds }) => sum + seconds, 0)
      const refit = (chosen?.seconds ?? NaN) - (chosen?.trials ?? []).reduce((sum, { seconds }) => sum + seconds, 0)
      expect(any?.seconds).toBeCloseTo(tried + refit, 9)
    }
  })

  it('tests folded networks of equal size that compute what was trained', () => {
    for (const { parameters, foldError, bytes } of first.runs) {
      expect(foldError).toBeLessThan(1e-4)
      expect(parameters).toBe(first.runs[0]?.parameters)
      expect(bytes).toBe(4 * parameters)
    }
  })

  it('gives the same numbers a second time, with the source network from its cache', async () => {
    const second = await box.ptu(`${line} --out @runs/b`)
    expect(withoutSeconds(read(second.stdout))).toEqual(withoutSeconds(first))
    expect(await readdir(join(box.folder, 'runs/.cache'))).toHaveLength(1)
  })

  it('does only what is missing when it goes on, with the same numbers', async () => {
    const jobs = join(box.folder, 'runs/b/jobs')
    const before = await readFile(join(jobs, 'seed0-share.json'), 'utf8')
    await rm(join(jobs, 'seed1-ptu.json'))
    await writeFile(join(jobs, 'seed0-fine-tune.json'), '{"digest": "')
    const resumed = await box.ptu(`${line} --out @runs/b --resume`)
    expect(withoutSeconds(read(resumed.stdout))).toEqual(withoutSeconds(first))
    expect(await readFile(join(jobs, 'seed0-share.json'), 'utf8')).toBe(before)
  })

  it('refuses a folder that is not empty, and to go on with other settings', async () => {
    const again = await box.ptu(`${line} --out @runs/a`)
    expect(again).toMatchObject({ code: 2, stdout: expect.stringContaining('"kind": "usage"') as unknown })
    expect(again.stderr).toContain('continue the run in it with --resume')
    const other = await box.ptu(`${line.replace('--shots 6', '--shots 7')} --out @runs/a --resume`)
    expect(other).toMatchObject({ code: 2, stdout: expect.stringContaining('"kind": "usage"') as unknown })
    expect(other.stderr).toContain('shots: 6 there, 7 now')
  })

  it('refuses to go on with other data', async () => {
    const data = join(box.folder, 'to.csv')
    const text = await readFile(data, 'utf8')
    await writeFile(data, text.replace('dog', 'eel'))
    const other = await box.ptu(`${line} --out @runs/a --resume`)
    await writeFile(data, text)
    expect(other).toMatchObject({ code: 2, stdout: expect.stringContaining('"kind": "usage"') as unknown })
    expect(other.stderr).toContain('target data: ')
  })

  it('trains the source network anew where its file is damaged, to the same bits', async () => {
    const before = read((await box.ptu(`${quick} --out @runs/c`)).stdout)
    const cache = join(box.folder, 'runs/.cache')
    const [name = ''] = await readdir(cache)
    const damaged = Uint8Array.from(await readFile(join(cache, name)))
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
    await writeFile(join(cache, name), damaged)
    const { code, stderr, stdout } = await box.ptu(`${quick} --out @runs/e`)
    expect(code).toBe(0)
    expect(stderr).toContain('its checksum does not match')
    expect(stderr).toContain('trained anew')
    expect(withoutSeconds(read(stdout))).toEqual(withoutSeconds(before))
  })

  it('writes a page that needs nothing else', async () => {
    const page = await readFile(join(box.folder, 'runs/a/report.html'), 'utf8')
    expect(page).toMatch(/^<!doctype html>/)
    expect(page.match(/<svg/g)?.length).toBeGreaterThan(4)
    expect(page).not.toMatch(/<script|https?:|src=|@import|url\(/)
  })

  it('ends with 130 when it is interrupted, says how to go on, and goes on', async () => {
    const controller = new AbortController()
    const progress = () => ({
      set: () => {
        controller.abort()
      },
      stop: () => undefined,
    })
    const stopped = await box.ptu(`${quick} --out @runs/f`, { signal: controller.signal, progress })
    expect(stopped).toMatchObject({ code: 130, stdout: expect.stringContaining('"kind": "interrupted"') as unknown })
    expect(stopped.stderr).toContain('repeat the command with --resume')
    const resumed = await box.ptu(`${quick} --out @runs/f --resume`)
    expect(read(resumed.stdout).runs).toHaveLength(1)
  })

  it('is read by inspect, as text and as JSON', async () => {
    const { stdout } = await box.ptu('inspect @runs/a')
    expect(stdout).toContain(first.verdict)
    expect(stdout).toMatch(/ptu-three, seed 1\n\nblock .*\n.*\ndense1 +update .* █/)
    expect(JSON.parse((await box.ptu('inspect @runs/a/results.json --json')).stdout)).toEqual(first)
  })
})
