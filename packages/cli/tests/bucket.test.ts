import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

import { openObjects } from '@ptu/experiments/node'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { ptuVersion } from '../src/versions.ts'
import { missing, password, startPtu, startRedis, until, type Redis, type Running } from './redis.ts'
import { credentials, missingS3, secret, startS3, type S3 } from './s3.ts'
import { openSandbox, withoutSeconds, type Sandbox } from './sandbox.ts'

const root = join(import.meta.dirname, '../../..')
const reason = (await missing()) ?? (await missingS3())

const settings =
  'compare --source from.csv --target to.csv --body mlp --backend cpu --shots 6 --epochs 5 --allow-untrained ' +
  '--seeds 2 --strategies share-all,ptu --steps 8'

describe.skipIf(reason !== undefined)(`a store in a bucket (${reason ?? 'a server of its own'})`, () => {
  let box: Sandbox
  let redis: Redis
  let s3: S3
  let strict: S3 | undefined
  const running: Running[] = []

  beforeAll(async () => {
    box = await openSandbox()
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    await promisify(execFile)(process.execPath, [tsc, '-b', 'packages/cli'], { cwd: root })
    redis = await startRedis()
    s3 = await startS3()
    for (const [name, value] of Object.entries(credentials)) vi.stubEnv(name, value)
  })
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill('SIGKILL')
      await ended
    }
    await redis.ask('flushall')
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await Promise.all([redis.stop(), s3.stop(), strict?.stop()])
    await box.remove()
  })

  const start = (line: string, env: Readonly<Record<string, string>> = {}): Running => {
    const own = { PTU_QUEUE: redis.url, PTU_QUEUE_PASSWORD: password, AWS_ENDPOINT_URL: s3.url, ...credentials }
    const begun = startPtu(box.folder, line, { ...own, ...env })
    running.push(begun)
    return begun
  }
  const results = async (name: string): Promise<unknown> =>
    withoutSeconds(JSON.parse(await readFile(join(box.folder, name, 'results.json'), 'utf8')))

  it('gives a grid the numbers of threads, and shows its secret nowhere', async () => {
    expect((await start(`${settings} --workers 1 --out threads`).ended).code).toBe(0)
    const store = `s3://grids/one?endpoint=${s3.url}`
    const worker = start(`worker --store ${store} --workers 1`, { AWS_ENDPOINT_URL: '' })
    const client = await start(`${settings} --queue --store s3://grids/one --out queued`).ended
    expect(client.code).toBe(0)
    expect(await results('queued')).toEqual(await results('threads'))
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toMatchObject({ code: 0 })
    const table = await box.ptu(`grid export --store ${store}`)
    expect(table.stdout.trimEnd().split('\n')).toHaveLength(5)
    for (const { said } of running) expect(`${said.stdout}${said.stderr}`).not.toContain(secret)
    for (const name of ['results.json', 'settings.json', 'report.html'])
      expect(await readFile(join(box.folder, 'queued', name), 'utf8')).not.toContain(secret)
  }, 400_000)

  it('does not give a worker data that were changed there', async () => {
    const client = start(`${settings.replace('--steps 8', '--steps 9')} --queue --store s3://grids/two --out changed`)
    await until(async () => (await redis.ask('llen', `ptu:cells-${ptuVersion}:wait`)) === '4', client)
    const objects = await openObjects('.', `s3://grids/two?endpoint=${s3.url}`)()
    if (E.isLeft(objects)) throw objects.left
    const names = await objects.right.list('objects')()
    if (E.isLeft(names)) throw names.left
    for (const name of names.right) await s3.change(`two/${name}`, (text) => `${text.slice(0, -1)}~`)
    start('worker --store s3://grids/two --workers 1')
    const ended = await client.ended
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('in the store is not what its name says')
  })

  it('keeps what the first of many writers added', async () => {
    const objects = await openObjects('.', `s3://grids/three?endpoint=${s3.url}`)()
    if (E.isLeft(objects)) throw objects.left
    const { right: shared } = objects
    const told = await Promise.all(Array.from({ length: 20 }, (_, i) => shared.add('a', Uint8Array.of(i))()))
    const first = told.findIndex((each) => E.isRight(each) && each.right)
    expect(told.filter((each) => E.isRight(each) && each.right)).toHaveLength(1)
    expect(told.every(E.isRight)).toBe(true)
    expect(await shared.find('a')()).toEqual(E.right(Uint8Array.of(first)))
  })

  it.each<readonly [string, () => Promise<string>, string, number, string]>([
    [
      'does not know the user',
      async () => (strict = await startS3('nobody')).url,
      's3://grids/x',
      1,
      'does not accept',
    ],
    ['is not there', () => Promise.resolve('http://127.0.0.1:1'), 's3://grids/x', 1, 'nothing answers there'],
    ['has no such bucket', () => Promise.resolve(s3.url), 's3://nothing/x', 1, 'the bucket does not exist'],
    ['is named with a secret', () => Promise.resolve(s3.url), `s3://ada:${secret}@grids`, 2, 's3://BUCKET/PREFIX'],
  ])('whose server %s ends with one sentence and exit code', async (_, place, store, code, words) => {
    vi.stubEnv('AWS_ENDPOINT_URL', await place())
    for (const command of ['worker --queue redis://127.0.0.1:1', settings, 'grid export']) {
      const ended = await box.ptu(`${command} --store ${store}`)
      expect({ code: ended.code, told: ended.stderr.split('\n') }).toEqual({
        code,
        told: [expect.stringContaining(words), ''],
      })
      expect(ended.stderr).not.toContain(secret)
    }
  })
})
