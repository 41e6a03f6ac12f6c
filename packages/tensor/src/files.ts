import type { FileHandle } from 'node:fs/promises'

import { codeOf, messageOf } from '@ptu/core'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** A file could not be read or written. */
export class FileError extends Error {
  override readonly name = 'FileError'
  readonly path: string

  constructor(path: string, message: string) {
    super(message)
    this.path = path
  }
}

const hints: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist; check the path',
  EACCES: 'permission denied; choose a path you may use',
  EPERM: 'permission denied; choose a path you may use',
  EROFS: 'the file system is read-only; choose another path',
  ENOSPC: 'the disk is full; free some space and repeat',
  EDQUOT: 'the disk quota is used up; free some space and repeat',
  EISDIR: 'it is a folder; name a file',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENXIO: 'it is a socket or a device; name a file',
}

/**
 * The reason why a file could not be used, in words: a hint for the usual codes, else the error's message.
 *
 * @example
 * ```ts
 * const cause = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' })
 * expect(fileReason(cause)).toBe('the file system is read-only; choose another path')
 * ```
 */
export const fileReason = (cause: unknown): string => hints[codeOf(cause)] ?? messageOf(cause)

/** Node's own recursive mkdir never returns where a file system refuses with ENOENT, as `/proc` does. */
const makeFolders = async (folder: string): Promise<void> => {
  const [{ mkdir, stat }, paths] = await Promise.all([import('node:fs/promises'), import('node:path')])
  const exists = await stat(folder).then(
    () => true,
    () => false,
  )
  if (exists) return
  const parent = paths.dirname(folder)
  if (parent !== folder) await makeFolders(parent)
  await mkdir(folder).catch((cause: unknown) => {
    if (codeOf(cause) !== 'EEXIST') throw cause
  })
}

/** Makes a folder and those above it; one that is there already is left as it is. */
export const makeFolder = (path: string): TE.TaskEither<FileError, void> =>
  TE.tryCatch(
    () => makeFolders(path),
    (cause) => new FileError(path, `cannot make the folder ${path}: ${fileReason(cause)}`),
  )

/**
 * Writes a file whole or not at all: a temporary neighbour is written, flushed to disk and renamed.
 *
 * Makes missing folders. A Left leaves what was there before, and no temporary file.
 */
export const writeFile = (path: string, content: Uint8Array | string): TE.TaskEither<FileError, void> =>
  TE.tryCatch(
    async () => {
      const { open, rename, rm } = await import('node:fs/promises')
      const paths = await import('node:path')
      await makeFolders(paths.dirname(path))
      const temporary = `${path}.${crypto.randomUUID()}.tmp`
      try {
        const file = await open(temporary, 'wx')
        try {
          await file.writeFile(content)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(temporary, path)
      } catch (cause) {
        await rm(temporary, { force: true })
        throw cause
      }
    },
    (cause) => new FileError(path, `cannot write ${path}: ${fileReason(cause)}`),
  )

/** A regular file that is open for reading. */
export interface OpenFile {
  /** Its length in bytes when it was opened. */
  readonly size: number
  /** Reads as many bytes as `into` holds, beginning at the byte `from`. Rejects where the file ends before. */
  readonly read: (into: Uint8Array, from: number) => Promise<void>
}

const changed = (size: number): Error =>
  new Error(`it changed while it was read, or is not as long as it says (${String(size)} bytes); read it again`)

const openFile = (file: FileHandle, size: number): OpenFile => ({
  size,
  read: async (into, from) => {
    let at = 0
    for (let read = 1; at < into.length && read > 0; at += read)
      ({ bytesRead: read } = await file.read(into, at, into.length - at, from + at))
    if (at < into.length) throw changed(size)
  },
})

/** Opens a regular file without waiting for anybody; the caller closes it. */
const openRegular = async (path: string): Promise<{ readonly file: FileHandle; readonly size: number }> => {
  const { constants, open } = await import('node:fs/promises')
  // Without O_NONBLOCK, opening a pipe waits until somebody writes to it. Windows has neither flag nor such pipes.
  const flags = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0)
  const file = await open(path, flags)
  const found = await file.stat()
  if (found.isFile()) return { file, size: found.size }
  await file.close()
  throw new Error('it is a folder, a pipe or a device; name a file')
}

const whileOpen = async <A>(path: string, use: (file: FileHandle, size: number) => Promise<A>): Promise<A> => {
  const { file, size } = await openRegular(path)
  try {
    return await use(file, size)
  } finally {
    await file.close()
  }
}

/** The most bytes of a piece of {@link fileChunks}. */
const pieceSize = 65_536

/**
 * Reads a regular file piece by piece, in memory of one piece.
 *
 * A pipe, a socket and a device are refused at once: nothing waits for a writer. Throws a {@link FileError} that names the file.
 */
export const fileChunks = async function* (path: string): AsyncGenerator<Uint8Array> {
  const failed = (cause: unknown): never => {
    throw new FileError(path, `cannot read ${path}: ${fileReason(cause)}`)
  }
  const { file } = await openRegular(path).catch(failed)
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(pieceSize), 0, pieceSize, null).catch(failed)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

/**
 * Opens a regular file of at most `limit` bytes for as long as `use` runs; its kind and size are checked before. What `use` rejects
 * with is a Left that names the file.
 *
 * A pipe, a socket and a device are refused at once: nothing waits for a writer.
 */
export const withFile = <A>(
  path: string,
  limit: number,
  use: (file: OpenFile) => Promise<A>,
): TE.TaskEither<FileError, A> =>
  TE.tryCatch(
    () =>
      whileOpen(path, async (file, size) => {
        if (size > limit) throw new Error(`expected at most ${String(limit)} bytes, the file has ${String(size)}`)
        return use(openFile(file, size))
      }),
    (cause) => new FileError(path, `cannot read ${path}: ${fileReason(cause)}`),
  )

/** Reads a regular file of at most `limit` bytes, as {@link withFile} opens it; one that shrinks or grows meanwhile is refused. */
export const readFile = (path: string, limit: number): TE.TaskEither<FileError, Uint8Array> =>
  withFile(path, limit, async ({ size, read }) => {
    const bytes = new Uint8Array(size)
    await read(bytes, 0)
    const grew = await read(new Uint8Array(1), size).then(
      () => true,
      () => false,
    )
    if (grew) throw changed(size)
    return bytes
  })
