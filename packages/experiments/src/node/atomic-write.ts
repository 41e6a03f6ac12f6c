import { constants, type Stats } from 'node:fs'
import { lstat, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { codeOf } from '@ptu/core'
import { FileError, fileReason, makeFolder } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** The options of {@link writeAtomically}. */
export interface WriteOptions {
  /** The longest time that a pipe may take nothing, in milliseconds (10,000). */
  readonly timeoutMs?: number
}

/**
 * Writes the file that a user named with `--out FILE`: text or bytes, or text that comes piece by piece and is kept nowhere.
 *
 * A regular file is replaced whole or not at all, and keeps its permissions; a missing one is made. A symbolic link, a
 * named pipe or a device is written through and stays what it is: its target may be half written after a Left. A Left
 * if the path is a folder or a socket, the disk is full, or nobody reads the pipe.
 *
 * @example
 * ```ts
 * expect(await writeAtomically('results.json', '{}')()).toEqual({ _tag: 'Right', right: undefined })
 * expect(await writeAtomically('/dev/full', '{}')()).toMatchObject({ left: { message: expect.stringContaining('full') } })
 * ```
 */
export const writeAtomically = (
  path: string,
  content: Uint8Array | string | AsyncIterable<string>,
  { timeoutMs = 10_000 }: WriteOptions = {},
): TE.TaskEither<FileError, void> => {
  const parts = content instanceof Uint8Array ? [content] : encoded(typeof content === 'string' ? [content] : content)
  return pipe(
    makeFolder(dirname(path)),
    TE.flatMap(() =>
      TE.tryCatch(
        () => write(path, parts, timeoutMs),
        (cause) => new FileError(path, `cannot write ${path}: ${reasonOf(cause)}`),
      ),
    ),
  )
}

type Parts = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

const encoded = async function* (texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const text of texts) yield encoder.encode(text)
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk or the device is full; free some space and repeat',
  EPIPE: 'the reader of the pipe went away',
}

const reasonOf = (cause: unknown): string => hints[codeOf(cause)] ?? fileReason(cause)

const orNothing = (found: Promise<Stats>): Promise<Stats | undefined> =>
  found.catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return undefined
    throw cause
  })

const write = async (path: string, parts: Parts, timeoutMs: number): Promise<void> => {
  const there = await orNothing(lstat(path))
  if (there === undefined || there.isFile()) return replace(path, parts, there)
  const target = await orNothing(stat(path))
  if (target?.isDirectory() === true) throw new Error('it is a folder; name a file')
  if (target?.isSocket() === true) throw new Error('it is a socket; name a file')
  return writeThrough(path, parts, timeoutMs)
}

const replace = async (path: string, parts: Parts, there: Stats | undefined): Promise<void> => {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx')
    try {
      for await (const part of parts) await file.writeFile(part)
      if (there !== undefined) await file.chmod(there.mode & 0o7777)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw cause
  }
}

const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK } = constants

/** Milliseconds between two tries at a pipe that nobody reads or that is full. */
const pause = 5

/**
 * Writes through a link, a pipe or a device.
 *
 * Without `O_NONBLOCK`, opening a pipe that nobody reads would wait in a thread that nothing can interrupt.
 */
const writeThrough = async (path: string, parts: Parts, timeoutMs: number): Promise<void> => {
  const opened = (): Promise<FileHandle> => open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, 0o666)
  const file = await patiently(opened, 'ENXIO', timeoutMs)
  try {
    for await (const bytes of parts)
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await patiently(() => file.write(bytes, at), 'EAGAIN', timeoutMs)
        at += bytesWritten
      }
  } finally {
    await file.close()
  }
}

/** Repeats an act that fails with `code` until the time is over. */
const patiently = async <A>(act: () => Promise<A>, code: string, timeoutMs: number): Promise<A> => {
  for (let silent = 0; silent < timeoutMs; silent += pause) {
    try {
      return await act()
    } catch (cause) {
      if (codeOf(cause) !== code) throw cause
      await sleep(pause)
    }
  }
  throw new Error(`nobody read from the pipe for ${timeoutMs / 1000} s; start the reader first`)
}
