import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { writeAtomically } from './atomic-write.ts'
import { readBounded } from './read-bounded.ts'

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  return { ...real, open: vi.fn(real.open) }
})

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-write-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const at = (name: string): string => join(folder, name)

const problem = (outcome: E.Either<Error, unknown>): string => {
  if (E.isRight(outcome)) throw new Error('expected a Left')
  expect(outcome.left.name).toBe('FileError')
  return outcome.left.message
}

const done = E.right(undefined)

const pipeAt = (name: string): string => {
  execFileSync('mkfifo', [at(name)])
  return at(name)
}

const socketAt = async (name: string): Promise<() => Promise<unknown>> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(at(name), resolve))
  return () => new Promise((resolve) => server.close(resolve))
}

describe('writeAtomically', () => {
  it('writes text and bytes, and makes folders', async () => {
    expect(await writeAtomically(at('a/b.json'), 'grün')()).toEqual(done)
    expect(await readFile(at('a/b.json'), 'utf8')).toBe('grün')
    expect(await writeAtomically(at('a/b.json'), Uint8Array.of(1, 2))()).toEqual(done)
    expect([...(await readFile(at('a/b.json')))]).toEqual([1, 2])
    expect(await readdir(at('a'))).toEqual(['b.json'])
  })

  it('writes pieces as they come, and nothing where they break off', async () => {
    const pieces = async function* (failing: boolean): AsyncGenerator<string> {
      yield await Promise.resolve('a,b\n')
      expect((await readdir(folder)).some((name) => name.endsWith('.tmp'))).toBe(true)
      if (failing) throw new Error('no more rows')
      yield '1,2\n'
    }
    expect(await writeAtomically(at('x'), pieces(false))()).toEqual(done)
    expect(await readFile(at('x'), 'utf8')).toBe('a,b\n1,2\n')
    expect(problem(await writeAtomically(at('x'), pieces(true))())).toContain('no more rows')
    expect(await readFile(at('x'), 'utf8')).toBe('a,b\n1,2\n')
    expect(await readdir(folder)).toEqual(['x'])
  })

  it('replaces a file, another one than before, and keeps its permissions', async () => {
    await writeFile(at('x'), 'a much longer text')
    await chmod(at('x'), 0o640)
    const before = await stat(at('x'))
    expect(await writeAtomically(at('x'), 'new')()).toEqual(done)
    const after = await stat(at('x'))
    expect(after.ino).not.toBe(before.ino)
    expect(after.mode & 0o7777).toBe(0o640)
    expect(await readFile(at('x'), 'utf8')).toBe('new')
  })

  it.each([
    ['ENOSPC', 'is full; free some space and repeat'],
    ['EDQUOT', 'quota'],
    ['EIO', 'as the system says it'],
  ])('on %s leaves the old file whole and no other file', async (code, said) => {
    await writeFile(at('x'), 'old')
    const real = (await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises')).open
    vi.mocked(open).mockImplementationOnce(async (...given) => {
      const file = await real(...given)
      file.writeFile = () => Promise.reject(Object.assign(new Error('as the system says it'), { code }))
      return file
    })
    expect(problem(await writeAtomically(at('x'), 'new')())).toContain(said)
    expect(await readFile(at('x'), 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['x'])
  })

  it('writes through a link, to a file or to none, and leaves it a link', async () => {
    await writeFile(at('file'), 'a much longer text')
    await symlink('file', at('link'))
    await symlink('later', at('dangling'))
    const before = await stat(at('file'))
    for (const name of ['link', 'dangling']) {
      expect(await writeAtomically(at(name), name)()).toEqual(done)
      expect((await lstat(at(name))).isSymbolicLink()).toBe(true)
      expect(await readFile(at(name), 'utf8')).toBe(name)
    }
    expect((await stat(at('file'))).ino).toBe(before.ino)
    expect((await readdir(folder)).toSorted()).toEqual(['dangling', 'file', 'later', 'link'])
  })

  it('writes into a pipe, more than it holds at once, and leaves it a pipe', async () => {
    const path = pipeAt('pipe')
    const counted = once(spawn('wc', ['-c', path]).stdout, 'data')
    expect(await writeAtomically(path, new Uint8Array(1_000_000))()).toEqual(done)
    expect(String((await counted)[0]).trim()).toMatch(/^1000000 /)
    expect((await lstat(path)).isFIFO()).toBe(true)
  })

  it('gives up on a pipe that nobody reads, and on a reader that stops', async () => {
    const path = pipeAt('pipe')
    expect(problem(await writeAtomically(path, 'x', { timeoutMs: 50 })())).toContain(
      'nobody read from the pipe for 0.05 s',
    )
    const reader = await open(path, 'r+')
    const outcome = await writeAtomically(path, new Uint8Array(1_000_000), { timeoutMs: 50 })()
    expect(problem(outcome)).toContain('nobody read')
    await reader.close()
  })

  it.skipIf(process.platform !== 'linux')('writes to devices, which stay devices, and notices a full one', async () => {
    expect(await writeAtomically('/dev/null', 'x')()).toEqual(done)
    expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true)
    await symlink('/dev/full', at('full'))
    expect(problem(await writeAtomically(at('full'), 'x')())).toContain('is full')
    expect(problem(await writeAtomically('/dev/full', 'x')())).toContain(
      'cannot write /dev/full: the disk or the device is full',
    )
    expect((await lstat('/dev/full')).isCharacterDevice()).toBe(true)
  })

  it('refuses a folder, a link to one, a socket and a path through a file', async () => {
    await mkdir(at('folder'))
    await symlink('folder', at('link'))
    await writeFile(at('file'), '')
    const close = await socketAt('socket')
    expect(problem(await writeAtomically(at('folder'), 'x')())).toContain('it is a folder; name a file')
    expect(problem(await writeAtomically(at('link'), 'x')())).toContain('it is a folder; name a file')
    expect(problem(await writeAtomically(at('socket'), 'x')())).toContain('it is a socket; name a file')
    expect(problem(await writeAtomically(at('file/x'), 'x')())).toContain('file')
    await close()
    expect(await readdir(at('folder'))).toEqual([])
  })
})

describe('readBounded', () => {
  it('reads a file of at most so many bytes', async () => {
    await writeFile(at('x'), 'four')
    expect(await readBounded(at('x'), 4)()).toMatchObject({ right: Buffer.from('four') })
    expect(problem(await readBounded(at('x'), 3)())).toContain('expected at most 3 bytes, the file has 4')
  })

  it.skipIf(process.platform !== 'linux')('counts the bytes of a file whose size is not known before', async () => {
    expect(await readBounded('/proc/self/status', 100_000)()).toMatchObject({ _tag: 'Right' })
    expect(problem(await readBounded('/proc/self/status', 10)())).toContain('expected at most 10 bytes')
  })

  it('refuses at once what is no file', async () => {
    const close = await socketAt('socket')
    expect(problem(await readBounded(folder, 9)())).toContain('it is a folder')
    expect(problem(await readBounded(at('socket'), 9)())).toContain('it is a socket')
    expect(problem(await readBounded(at('none'), 9)())).toContain('it does not exist; check the path')
    if (process.platform === 'linux') expect(problem(await readBounded('/dev/zero', 9)())).toContain('it is a device')
    await close()
  })

  it('reads a pipe to its end', async () => {
    const path = pipeAt('pipe')
    const reading = readBounded(path, 500_000)()
    spawn('sh', ['-c', `head -c 200000 /dev/zero > ${path}`])
    const outcome = await reading
    expect(E.isRight(outcome) && outcome.right.length).toBe(200_000)
  })

  it('ends a pipe that brings too much, and one that brings nothing', async () => {
    const path = pipeAt('pipe')
    const writer = spawn('sh', ['-c', `exec cat /dev/zero > ${path}`])
    expect(problem(await readBounded(path, 100_000)())).toContain('expected at most 100000 bytes, the pipe has more')
    if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit')
    expect(problem(await readBounded(path, 9, { timeoutMs: 50 })())).toContain(
      'nothing came through the pipe for 0.05 s',
    )
    const silent = await open(path, 'r+')
    expect(problem(await readBounded(path, 9, { timeoutMs: 50 })())).toContain('nothing came')
    await silent.close()
  })
})
