import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { lockFolder, type Lock } from './run-lock.ts'
import { decodeOwner, encodeOwner, stateOf, thisProcess, type LockOwner } from './run-lock-owner.ts'

/** Is done before a file appears under a name. */
const before = vi.hoisted((): { link: (path: string) => Promise<void> } => ({ link: () => Promise.resolve() }))

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const link: typeof real.link = async (own, path) => {
    await before.link(String(path))
    return real.link(own, path)
  }
  return { ...real, link }
})

const linux = process.platform === 'linux'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-lock-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const file = (): string => join(folder, 'run.lock')

const taken = async (): Promise<Lock> => {
  const outcome = await lockFolder(folder)()
  if (E.isLeft(outcome)) throw outcome.left
  return outcome.right
}

const refusal = async (): Promise<string> => {
  const outcome = await lockFolder(folder)()
  if (E.isRight(outcome)) throw new Error('expected a Left')
  expect(outcome.left.name).toBe('RunError')
  return outcome.left.message
}

const plant = async (changes: Partial<LockOwner>): Promise<void> => {
  await writeFile(file(), encodeOwner({ ...(await thisProcess()), ...changes }))
}

/** No process has such a number. */
const unused = 2 ** 30

describe('lockFolder', () => {
  it('refuses a second time until it is released', async () => {
    const lock = await taken()
    expect(await readdir(folder)).toEqual(['run.lock'])
    expect(await refusal()).toMatch(/^another run uses .*run\.lock: this process, since \d{4}-.*; wait for it, end it/)
    await lock.release()
    expect(await readdir(folder)).toEqual([])
    await (await taken()).release()
  })

  it('names this process in the file', async () => {
    const lock = await taken()
    expect(decodeOwner(await readFile(file(), 'utf8'))).toMatchObject({ pid: process.pid })
    await lock.release()
  })

  it('leaves no listener behind, however often it is taken', async () => {
    const before = process.listenerCount('exit')
    for (let i = 0; i < 20; i++) await (await taken()).release()
    expect(process.listenerCount('exit')).toBe(before)
  })

  it('does not give back what someone else took after the file was removed by hand', async () => {
    const first = await taken()
    await rm(file())
    const second = await taken()
    await first.release()
    expect(await readdir(folder)).toEqual(['run.lock'])
    await second.release()
    expect(await readdir(folder)).toEqual([])
  })

  it.each([
    ['is gone', { pid: unused }],
    ['had the number of another that runs now', { pid: process.pid, started: '1' }],
    ['ran before the machine was started again', { boot: 'before', machine: 'one' }],
  ])('takes over from a process that %s', async (_what, changes) => {
    const ours = await thisProcess()
    if (!linux && 'started' in changes) return
    const machine = ours.machine === null || !('machine' in changes) ? {} : { machine: ours.machine }
    if ('machine' in changes && ours.machine === null) return
    await plant({ ...changes, ...machine })
    const lock = await taken()
    expect(await readdir(folder)).toEqual(['run.lock'])
    expect(decodeOwner(await readFile(file(), 'utf8'))?.pid).toBe(process.pid)
    await lock.release()
  })

  it('leaves a lost lock alone that another process replaced just before', async () => {
    const lost = { ...(await thisProcess()), pid: unused }
    await plant(lost)
    const other = encodeOwner({ ...(await thisProcess()), token: 'of-the-other' })
    before.link = async (path) => {
      if (path.endsWith(lost.token)) await writeFile(file(), other)
    }
    try {
      expect(await refusal()).toMatch(/^another run uses .*run\.lock/)
    } finally {
      before.link = () => Promise.resolve()
    }
    expect(await readFile(file(), 'utf8')).toBe(other)
    expect(await readdir(folder)).toEqual(['run.lock'])
  })

  it('takes over also where one that wanted to was killed amid it', async () => {
    const owner = { ...(await thisProcess()), pid: unused }
    await plant(owner)
    await writeFile(`${file()}.${owner.token}`, encodeOwner({ ...owner, token: 'of-the-killed-one' }))
    const lock = await taken()
    expect(await readdir(folder)).toEqual(['run.lock'])
    await lock.release()
  })

  it('leaves a process that runs alone', async () => {
    await plant({ pid: process.ppid, started: null })
    expect(await refusal()).toContain(`process ${process.ppid},`)
  })

  it.each([
    ['host', { host: 'other\u001b[2J', pid: unused }, 'a run on other␛[2J took '],
    ['container', { namespace: 'pid:[1]', pid: unused }, 'a run on '],
    ['machine of the same name', { machine: 'other', pid: unused }, 'a run on '],
  ])('does not judge a process on another %s', async (_what, changes, said) => {
    const ours = await thisProcess()
    if (Object.keys(changes).some((name) => ours[name as keyof LockOwner] === null)) return
    await plant(changes)
    const message = await refusal()
    expect(message).toContain(said)
    expect(message).toContain('remove that file and repeat')
  })

  it.each(['', '{', '{"pid":-1}', 'x'.repeat(20_000)])('leaves a file alone that is no lock: %#', async (content) => {
    await writeFile(file(), content)
    expect(await refusal()).toContain('expected')
    expect(await readFile(file(), 'utf8')).toBe(content)
  })

  it('says which folder cannot be locked', async () => {
    await rm(folder, { recursive: true })
    expect(await refusal()).toContain(`cannot lock ${file()}`)
  })
})

describe('the state of an owner', () => {
  const us: LockOwner = {
    pid: process.pid,
    host: 'here',
    started: null,
    machine: 'm',
    boot: 'b',
    namespace: 'n',
    since: '',
    token: '',
  }

  it.each<[string, Partial<LockOwner>, string]>([
    ['runs', {}, 'running'],
    ['is gone', { pid: unused }, 'gone'],
    ['is on another host', { host: 'there', pid: unused }, 'elsewhere'],
    ['is on another machine', { machine: 'o', pid: unused }, 'elsewhere'],
    ['ran before a restart', { boot: 'c' }, 'gone'],
    ['ran before a restart, or on another machine', { boot: 'c', machine: null }, 'elsewhere'],
    ['is in another container', { namespace: 'o', pid: unused }, 'elsewhere'],
    ['runs where the system says nothing', { machine: null, boot: null, namespace: null }, 'running'],
  ])('%s', async (_what, changes, state) => {
    expect(await stateOf({ ...us, ...changes }, us)).toBe(state)
  })

  it.skipIf(!linux)('depends on when the process started', async () => {
    const ours = await thisProcess()
    expect(ours.started).toMatch(/^\d+$/)
    expect(await stateOf(ours, ours)).toBe('running')
    expect(await stateOf({ ...ours, started: '1' }, ours)).toBe('gone')
  })

  it.skipIf(!linux)('is gone once it ended, even if nobody asks how', async () => {
    // A shell asks how its children ended. The child ends here only after the shell has become a program that does not.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
    const pid = Number(String((await once(parent.stdout, 'data'))[0]))
    const stat = async (of: number | undefined): Promise<string> => readFile(`/proc/${of}/stat`, 'utf8')
    try {
      await vi.waitFor(async () => {
        expect(await stat(parent.pid)).toContain('(sleep)')
      })
      process.kill(pid, 'SIGKILL')
      await vi.waitFor(async () => {
        expect(await stat(pid)).toContain(') Z ')
      })
      expect(await stateOf({ ...us, pid }, us)).toBe('gone')
    } finally {
      parent.kill('SIGKILL')
    }
  })

  it('survives its file, and other files are none', () => {
    expect(decodeOwner(encodeOwner(us))).toEqual(us)
    for (const field of ['pid', 'host', 'token', 'since'])
      expect(decodeOwner(encodeOwner({ ...us, [field]: undefined }))).toBeUndefined()
    expect(decodeOwner(encodeOwner({ ...us, pid: 1.5 }))).toBeUndefined()
  })
})

const entry = fileURLToPath(new URL('../../dist/node/index.js', import.meta.url))

/** Takes the folder it is told, says whether it got it, and gives it back when told. */
const program = `
  import { lockFolder } from ${JSON.stringify(entry)}
  let lock
  process.on('message', async ({ take }) => {
    if (take === undefined) {
      await lock?.release()
      lock = undefined
      process.send('released')
    } else {
      const outcome = await lockFolder(take)()
      lock = outcome.right
      process.send(outcome._tag === 'Right' ? 'got it' : outcome.left.message)
    }
  })
  process.send('ready')
`

describe('several processes', () => {
  const children: ChildProcess[] = []

  const start = async (): Promise<ChildProcess> => {
    const path = join(folder, 'child.mjs')
    await writeFile(path, program)
    const child = fork(path, { execArgv: [], env: { ...process.env, NODE_OPTIONS: '' } })
    children.push(child)
    await once(child, 'message')
    return child
  }

  const tell = async (child: ChildProcess, message: object): Promise<string> => {
    const answer = once(child, 'message')
    child.send(message)
    return String((await answer)[0])
  }

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  it('that ask at once: one gets the folder, 50 times, with and without a lock of a killed one', async () => {
    const all = await Promise.all([start(), start(), start()])
    for (let round = 0; round < 50; round++) {
      if (round % 2 === 1) await plant({ pid: unused })
      const answers = await Promise.all(all.map((child) => tell(child, { take: folder })))
      expect(answers.filter((answer) => answer === 'got it')).toHaveLength(1)
      for (const answer of answers) if (answer !== 'got it') expect(answer).toContain('another run uses')
      await Promise.all(all.map((child) => tell(child, {})))
      expect(await readdir(folder)).toEqual(['child.mjs'])
    }
  })

  it('give the folder back when they end, and lose it when they are killed', async () => {
    const ending = await start()
    expect(await tell(ending, { take: folder })).toBe('got it')
    ending.disconnect()
    await once(ending, 'exit')
    expect(await readdir(folder)).toEqual(['child.mjs'])
    const killed = await start()
    expect(await tell(killed, { take: folder })).toBe('got it')
    expect(await refusal()).toContain(`process ${String(killed.pid)},`)
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    expect(await readdir(folder)).toEqual(['child.mjs', 'run.lock'])
    await (await taken()).release()
  })
})
