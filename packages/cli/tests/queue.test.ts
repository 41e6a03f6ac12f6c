import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { ptuVersion } from '../src/versions.ts'
import { missing, password, startPtu, startRedis, until, type Redis, type Running } from './redis.ts'
import { openSandbox, withoutSeconds, type Sandbox } from './sandbox.ts'

const root = join(import.meta.dirname, '../../..')
const reason = await missing()

const small = '--source from.csv --target to.csv --body mlp --backend cpu --shots 6 --epochs 5 --allow-untrained'
const settings = `compare ${small} --seeds 2 --strategies share-all,ptu --steps 8`
const compare = `${settings} --store store`

describe.skipIf(reason !== undefined)(`a comparison on a queue (${reason ?? 'a server of its own'})`, () => {
  let box: Sandbox
  let redis: Redis
  const running: Running[] = []

  beforeAll(async () => {
    box = await openSandbox()
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    await promisify(execFile)(process.execPath, [tsc, '-b', 'packages/cli'], { cwd: root })
    redis = await startRedis()
  })
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill('SIGKILL')
      await ended
    }
    await redis.ask('config', 'set', 'maxmemory', '0')
    await redis.ask('flushall')
  })
  afterAll(async () => {
    await redis.stop()
    await box.remove()
  })

  const start = (line: string, env: Readonly<Record<string, string>> = {}): Running => {
    const own = { PTU_QUEUE: redis.url, PTU_QUEUE_PASSWORD: password, ...env }
    const begun = startPtu(box.folder, line, own)
    running.push(begun)
    return begun
  }
  const queued = (list: string): Promise<string> => redis.ask('llen', `ptu:cells-${ptuVersion}:${list}`)
  const results = async (name: string): Promise<unknown> =>
    withoutSeconds(JSON.parse(await readFile(join(box.folder, name, 'results.json'), 'utf8')))
  const cellsIn = async (store: string): Promise<readonly string[]> =>
    (await readdir(join(box.folder, store), { recursive: true })).filter((name) => name.endsWith('.json'))

  it('has the numbers of one thread though a worker is killed, and shows its password nowhere', async () => {
    expect((await start(`${settings} --workers 1 --out whole`).ended).code).toBe(0)
    const address = redis.url.replace('//', `//:${password}@`)
    const client = start(`${compare} --queue --out cut`)
    const first = start(`worker --store store --workers 1 --lock 2 --cache one --queue ${address}`)
    await until(async () => (await queued('active')) === '1', client)
    if (process.platform === 'linux')
      expect(await readFile(`/proc/${first.child.pid ?? 0}/cmdline`, 'utf8')).not.toContain(password)
    first.child.kill('SIGKILL')
    await first.ended
    expect(await queued('active')).toBe('1')
    const second = start('worker --store store --workers 2 --lock 2 --cache two')
    expect(await client.ended).toMatchObject({ code: 0 })
    expect(await results('cut')).toEqual(await results('whole'))
    expect(await cellsIn('store')).toHaveLength(4)

    const status = JSON.parse((await start('grid status --json').ended).stdout) as {
      readonly grids: readonly unknown[]
    }
    expect(status.grids).toMatchObject([{ done: 4, waiting: 0, active: 0, failed: [] }])
    const table = (await start('grid export --store store').ended).stdout.trimEnd().split('\n')
    expect(table).toHaveLength(5)
    second.child.kill('SIGTERM')
    expect(await second.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('cells done') as unknown })
    for (const { said } of running) expect(`${said.stdout}${said.stderr}`).not.toContain(password)
  })

  it('takes finished cells from the store, without any worker', async () => {
    const again = await start(`${compare} --queue --out again`).ended
    expect(again.code).toBe(0)
    expect(await results('again')).toEqual(await results('whole'))
    const threads = await start(`${compare} --workers 1 --out threads`).ended
    expect(threads.code).toBe(0)
    expect(await results('threads')).toEqual(await results('whole'))
  })

  it('refuses a cell that was changed in the queue and names it; asked for again, it is done', async () => {
    const other = compare.replace('--steps 8', '--steps 9')
    const client = start(`${other} --queue --out tampered`)
    await until(async () => (await queued('wait')) === '4', client)
    // By this, workers of other versions see that these cells are not theirs.
    expect((await redis.ask('smembers', 'ptu:versions')).trim()).toBe(ptuVersion)
    const [name = ''] = (await redis.ask('lrange', `ptu:cells-${ptuVersion}:wait`, '0', '0')).split('\n')
    const place = `ptu:cells-${ptuVersion}:${name}`
    const data = await redis.ask('hget', place, 'data')
    await redis.ask('hset', place, 'data', data.replace(/"seed":\d/, '"seed":7'))
    const worker = start('worker --store store --workers 1')
    const refused = await client.ended
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('something else than its name says')
    expect(refused.stderr).toContain(name)
    expect((await start('grid status').ended).stdout).toContain('1 failed')
    expect((await start(`${other} --queue --out tampered --resume`).ended).code).toBe(0)
    worker.child.kill('SIGTERM')
    expect((await worker.ended).code).toBe(0)
  })

  it('is left alone by a worker whose store holds nothing', async () => {
    const client = start(`${compare.replace('--steps 8', '--steps 12')} --queue --out mistyped`)
    await until(async () => (await queued('wait')) === '4', client)
    const mistyped = await start('worker --store stroe --workers 2').ended
    expect([mistyped.code, mistyped.stdout]).toEqual([2, ''])
    expect(mistyped.stderr).toContain('give --store the place that ptu compare has')
    expect([await queued('wait'), await queued('active')]).toEqual(['4', '0'])
    const worker = start('worker --store store --workers 2')
    expect(await client.ended).toMatchObject({ code: 0 })
    worker.child.kill('SIGTERM')
    expect((await worker.ended).code).toBe(0)
  })

  it.each(['--steps 13', '--steps 8'])('ends at once where its own store is mistyped (%s)', async (steps) => {
    // The second was done above, so that the worker has all that it needs, and finds the results in its store.
    const asked = `${compare.replace('--steps 8', steps)} --queue --out ${steps === '--steps 8' ? 'lost' : 'unseen'}`
    const worker = start('worker --store store --workers 2')
    const client = start(asked.replace('--store store', '--store sotre'))
    const { code, stdout, stderr } = await client.ended
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('give the same --store here and to every ptu worker')
    expect(await start(`${asked} --resume`).ended).toMatchObject({ code: 0 })
    worker.child.kill('SIGTERM')
    expect((await worker.ended).code).toBe(0)
  })

  it('does not keep a worker that is asked to end though its server is gone', async () => {
    const other = await startRedis()
    const worker = start('worker --store store --workers 1', { PTU_QUEUE: other.url })
    await until(() => worker.said.stderr.includes('at a time'), worker)
    await other.stop()
    await until(() => worker.said.stderr.includes('does not answer'), worker)
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toMatchObject({ code: 0 })
  })

  it('can be cancelled', async () => {
    const client = start(`${compare.replace('--steps 8', '--steps 10')} --queue --out cancelled`)
    await until(async () => (await queued('wait')) === '4', client)
    expect(await start('grid cancel').ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('4 cells') as unknown,
    })
    expect(await client.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('cancelled') as unknown })
    expect(await queued('wait')).toBe('0')
  })

  it.each<readonly [string, string, () => Promise<unknown>, Readonly<Record<string, string>>, number, string]>([
    [
      'a wrong password',
      'worker --store store',
      () => Promise.resolve(),
      { PTU_QUEUE_PASSWORD: 'wrong-word' },
      1,
      'does not accept',
    ],
    [
      'no password',
      'worker --store store',
      () => Promise.resolve(),
      { PTU_QUEUE_PASSWORD: '' },
      1,
      'PTU_QUEUE_PASSWORD',
    ],
    ['no server', 'grid status', () => Promise.resolve(), { PTU_QUEUE: 'redis://127.0.0.1:1' }, 1, 'nothing answers'],
    [
      'TLS that is none',
      'grid status',
      () => Promise.resolve(),
      { PTU_QUEUE: 'http://:wrong-word@h' },
      2,
      'redis://127.0.0.1',
    ],
    [
      'cells of another version only',
      'worker --store store',
      async () => {
        await redis.ask('sadd', 'ptu:versions', '9.9.9')
        await redis.ask('lpush', 'ptu:cells-9.9.9:wait', 'x')
      },
      {},
      2,
      'cells of ptu 9.9.9',
    ],
    [
      'full memory',
      `${compare.replace('--steps 8', '--steps 11')} --queue --out full`,
      () => redis.ask('config', 'set', 'maxmemory', '100kb'),
      {},
      1,
      'its memory is full',
    ],
    [
      'a read-only replica',
      'worker --store store',
      () => redis.ask('replicaof', '127.0.0.1', '1'),
      {},
      1,
      'read-only replica',
    ],
  ])('on a queue with %s ends with one sentence and exit code', async (_, line, prepare, env, code, words) => {
    await prepare()
    const { stderr, ...outcome } = await start(line, env).ended
    await redis.ask('replicaof', 'no', 'one')
    const told = stderr.split('\n').filter((each) => each.startsWith('ptu:'))
    expect(told).toEqual([expect.stringContaining(words)])
    expect(outcome.code).toBe(code)
    expect(stderr).not.toMatch(/wrong-word|at .*\.js:/)
  })
})
