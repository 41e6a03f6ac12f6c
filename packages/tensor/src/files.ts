import { messageOf } from '@ptu/core'
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
}

const codeOf = (cause: unknown): string => (cause instanceof Error && 'code' in cause ? String(cause.code) : '')

const because = (cause: unknown): string => hints[codeOf(cause)] ?? messageOf(cause)

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
    (cause) => new FileError(path, `cannot make the folder ${path}: ${because(cause)}`),
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
    (cause) => new FileError(path, `cannot write ${path}: ${because(cause)}`),
  )

/** Reads a file of at most `limit` bytes; the size is checked before anything is allocated. */
export const readFile = (path: string, limit: number): TE.TaskEither<FileError, Uint8Array> =>
  TE.tryCatch(
    async () => {
      const { open } = await import('node:fs/promises')
      const file = await open(path, 'r')
      try {
        const found = await file.stat()
        if (!found.isFile()) throw new Error('it is a folder or a device; name a file')
        if (found.size > limit)
          throw new Error(`expected at most ${String(limit)} bytes, the file has ${String(found.size)}`)
        return await file.readFile()
      } finally {
        await file.close()
      }
    },
    (cause) => new FileError(path, `cannot read ${path}: ${because(cause)}`),
  )
