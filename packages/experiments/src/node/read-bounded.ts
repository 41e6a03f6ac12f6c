import { constants, type Stats } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { codeOf, concatBytes } from '@ptu/core'
import { FileError, fileReason } from '@ptu/tensor'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** The options of {@link readBounded}. */
export interface ReadOptions {
  /** The longest time that a pipe may stay silent, in milliseconds (10,000). */
  readonly timeoutMs?: number
}

/**
 * Reads a file or a named pipe of at most `limit` bytes.
 *
 * A pipe, such as `<(command)` of a shell, is read to its end; the result is a Left if nothing comes for `timeoutMs`.
 * Folders, devices and sockets are refused at once. The size of a file is checked before memory is taken.
 *
 * @example
 * ```ts
 * expect(await readBounded('/dev/zero', 100)()).toMatchObject({ left: { message: expect.stringContaining('a device') } })
 * ```
 */
export const readBounded = (
  path: string,
  limit: number,
  { timeoutMs = 10_000 }: ReadOptions = {},
): TE.TaskEither<FileError, Uint8Array> =>
  TE.tryCatch(
    async () => {
      refuse(await stat(path))
      // Else opening a pipe without a writer would wait for one, in a thread that nothing can interrupt.
      const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
      try {
        const found = await file.stat()
        refuse(found)
        if (found.isFIFO()) return await readPipe(file, limit, timeoutMs)
        if (found.size > limit) throw new Error(`expected at most ${limit} bytes, the file has ${found.size}`)
        return await readFile(file, limit)
      } finally {
        await file.close()
      }
    },
    (cause) => new FileError(path, `cannot read ${path}: ${fileReason(cause)}`),
  )

const refuse = (found: Stats): void => {
  if (found.isFile() || found.isFIFO()) return
  if (found.isDirectory()) throw new Error('it is a folder; name a file')
  throw new Error(`it is a ${found.isSocket() ? 'socket' : 'device'}; name a file`)
}

/** A file may grow while it is read. */
const readFile = async (file: FileHandle, limit: number): Promise<Uint8Array> => {
  const bytes = await file.readFile()
  if (bytes.length > limit) throw new Error(`expected at most ${limit} bytes, the file has ${bytes.length}`)
  return bytes
}

/** Milliseconds between two looks into a pipe that is empty. */
const pause = 5

/**
 * Reads a pipe to its end. No bytes mean the end after some have come; before that they mean that nobody writes yet.
 */
const readPipe = async (file: FileHandle, limit: number, timeoutMs: number): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  let size = 0
  for (let silent = 0; silent < timeoutMs;) {
    const part = await readPart(file)
    if (part !== undefined && part.length > 0) {
      silent = 0
      size += part.length
      if (size > limit) throw new Error(`expected at most ${limit} bytes, the pipe has more`)
      parts.push(part)
    } else if (part !== undefined && size > 0) {
      return concatBytes(parts)
    } else {
      silent += pause
      await sleep(pause)
    }
  }
  throw new Error(`nothing came through the pipe for ${timeoutMs / 1000} s; check the command that writes to it`)
}

/** Reads the bytes in the pipe, or undefined if its writer has nothing at the moment. */
const readPart = async (file: FileHandle): Promise<Uint8Array | undefined> => {
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(65_536), 0, 65_536, null)
    return buffer.subarray(0, bytesRead)
  } catch (cause) {
    if (codeOf(cause) === 'EAGAIN') return undefined
    throw cause
  }
}
