import { execFile } from 'node:child_process'
import {
  mkdtemp,
  open,
  readdir,
  readFile as read,
  rm,
  stat,
  symlink,
  truncate,
  writeFile as write,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { fileChunks, FileError, makeFolder, readFile, writeFile } from './files.ts'

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  return { ...real, open: vi.fn(real.open) }
})

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-files-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const failure = (outcome: E.Either<FileError, unknown>): FileError => {
  if (E.isRight(outcome)) throw new Error('expected a Left')
  expect(outcome.left).toBeInstanceOf(FileError)
  return outcome.left
}

/** The next file that is opened takes half of what is written to it and then fails as the system would. */
const failNextWrite = async (code: string): Promise<void> => {
  const real = (await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises')).open
  vi.mocked(open).mockImplementationOnce(async (...given) => {
    const file = await real(...given)
    const whole = file.writeFile.bind(file)
    file.writeFile = async (content) => {
      const bytes = content as Uint8Array
      await whole(bytes.subarray(0, bytes.length / 2))
      throw Object.assign(new Error(`${code}: as the system says it`), { code })
    }
    return file
  })
}

describe('writeFile', () => {
  it('writes text and bytes into folders it makes', async () => {
    const path = join(folder, 'a/b/c.txt')
    expect(await writeFile(path, 'text')()).toEqual(E.right(undefined))
    expect(await read(path, 'utf8')).toBe('text')
    await writeFile(path, Uint8Array.of(1, 2))()
    expect([...(await read(path))]).toEqual([1, 2])
    expect(await readdir(join(folder, 'a/b'))).toEqual(['c.txt'])
  })

  it.each([
    ['ENOSPC', 'the disk is full; free some space and repeat'],
    ['EDQUOT', 'the disk quota is used up; free some space and repeat'],
    ['EIO', 'EIO: as the system says it'],
  ])('on %s leaves the old file whole and no other file', async (code, reason) => {
    const path = join(folder, 'model')
    await write(path, 'old')
    await failNextWrite(code)
    const error = failure(await writeFile(path, Uint8Array.of(1, 2, 3, 4))())
    expect(error.message).toBe(`cannot write ${path}: ${reason}`)
    expect(error.path).toBe(path)
    expect(await read(path, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['model'])
  })

  it.each([
    ['EACCES', 'permission denied; choose a path you may use'],
    ['EROFS', 'the file system is read-only; choose another path'],
  ])('says what to do when the folder cannot be written (%s)', async (code, reason) => {
    vi.mocked(open).mockRejectedValueOnce(Object.assign(new Error(code), { code }))
    expect(failure(await writeFile(join(folder, 'x'), 'y')()).message).toContain(reason)
  })

  it('refuses a path through a file and a path that is a folder', async () => {
    await write(join(folder, 'file'), '')
    expect(failure(await writeFile(join(folder, 'file/below'), '')()).message).toContain('cannot write')
    expect(failure(await writeFile(folder, '')()).message).toContain('it is a folder')
  })

  it('keeps one of several writers whole when they race', async () => {
    const path = join(folder, 'raced')
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000))
    await Promise.all(texts.map(async (text) => writeFile(path, text)()))
    expect(texts).toContain(await read(path, 'utf8'))
    expect(await readdir(folder)).toEqual(['raced'])
  })
})

describe('readFile', () => {
  it('reads up to its limit and not beyond', async () => {
    const path = join(folder, 'five')
    await write(path, 'bytes')
    expect(E.map((bytes: Uint8Array) => [...bytes])(await readFile(path, 5)())).toEqual(
      E.right([98, 121, 116, 101, 115]),
    )
    expect(failure(await readFile(path, 4)()).message).toBe(
      `cannot read ${path}: expected at most 4 bytes, the file has 5`,
    )
  })

  it('reads an empty file', async () => {
    const path = join(folder, 'empty')
    await write(path, '')
    expect(await readFile(path, 0)()).toEqual(E.right(new Uint8Array(0)))
  })

  it.skipIf(process.platform === 'win32')('refuses a pipe at once, though nobody writes to it', async () => {
    const path = join(folder, 'pipe')
    await promisify(execFile)('mkfifo', [path])
    const late = new Promise<string>((resolve) => setTimeout(resolve, 20_000, 'it waited for a writer').unref())
    const outcome = await Promise.race([readFile(path, 9)(), late])
    if (typeof outcome === 'string') throw new Error(outcome)
    expect(failure(outcome).message).toBe(`cannot read ${path}: it is a folder, a pipe or a device; name a file`)
  })

  it.skipIf(process.platform !== 'linux')('refuses a file that is longer than it says', async () => {
    expect(failure(await readFile('/proc/self/status', 1e6)()).message).toContain('is not as long as it says (0 bytes)')
  })

  it('refuses a file that is cut while it is read', async () => {
    const path = join(folder, 'cut')
    await write(path, 'bytes')
    const real = (await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises')).open
    vi.mocked(open).mockImplementationOnce(async (...given) => {
      const file = await real(...given)
      const stats = file.stat.bind(file)
      file.stat = (async () => {
        const found = await stats()
        await truncate(path, 3)
        return found
      }) as typeof file.stat
      return file
    })
    expect(failure(await readFile(path, 9)()).message).toContain('it changed while it was read')
  })

  it('refuses what is not there, a folder and an endless device', async () => {
    expect(failure(await readFile(join(folder, 'none'), 9)()).message).toContain('does not exist; check the path')
    expect(failure(await readFile(folder, 1e6)()).message).toContain('a folder, a pipe or a device; name a file')
    const zeros = join(folder, 'zeros')
    await symlink('/dev/zero', zeros)
    expect(failure(await readFile(zeros, 9)()).message).toContain('a folder, a pipe or a device; name a file')
  })
})

describe('fileChunks', () => {
  it('gives the bytes of a file in pieces', async () => {
    const path = join(folder, 'pieces')
    const bytes = Uint8Array.from({ length: 150_000 }, (_, i) => i % 251)
    await write(path, bytes)
    const sizes: number[] = []
    const found: number[] = []
    for await (const piece of fileChunks(path)) {
      sizes.push(piece.length)
      found.push(...piece)
    }
    expect(sizes).toEqual([65_536, 65_536, 18_928])
    expect(Uint8Array.from(found)).toEqual(bytes)
  })

  it('refuses what is not there, a folder, and at once a pipe that nobody writes to', async () => {
    const pipe = join(folder, 'pipe')
    if (process.platform !== 'win32') await promisify(execFile)('mkfifo', [pipe])
    for (const [path, why] of [
      [join(folder, 'none'), 'it does not exist; check the path'],
      ...[folder, ...(process.platform === 'win32' ? [] : [pipe])].map(
        (each) => [each, 'it is a folder, a pipe or a device; name a file'] as const,
      ),
    ] as const) {
      const refused = await fileChunks(path)
        .next()
        .catch((cause: unknown) => cause)
      expect(refused).toEqual(new FileError(path, `cannot read ${path}: ${why}`))
    }
  })
})

describe('makeFolder', () => {
  it('makes every folder of a path, once or again', async () => {
    const deep = join(folder, 'a', 'b', 'c')
    expect(await makeFolder(deep)()).toEqual(E.right(undefined))
    expect(await makeFolder(deep)()).toEqual(E.right(undefined))
    expect((await stat(deep)).isDirectory()).toBe(true)
  })

  it.skipIf(process.platform !== 'linux')('gives up on a file system that refuses folders', async () => {
    expect(await makeFolder('/proc/ptu/a')()).toMatchObject({ left: { name: 'FileError', path: '/proc/ptu/a' } })
  })
})
