import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

/** The part of a file that has come so far, on disk. */
export interface PartialFile {
  /** The number of bytes that have come. */
  readonly size: () => number
  /** Adds bytes at the end. */
  readonly add: (bytes: Uint8Array) => Promise<void>
  /** Forgets everything. */
  readonly restart: () => Promise<void>
  /** The SHA-256 of the bytes that have come; flushes them to the disk. */
  readonly finish: () => Promise<string>
  readonly close: () => Promise<void>
}

/**
 * Opens a part that an earlier try left, or an empty one; its bytes are hashed once.
 *
 * A part that is longer than `limit` is of another file: it is forgotten.
 */
export const openPartial = async (path: string, limit: number): Promise<PartialFile> => {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644)
  try {
    return await from(file, limit)
  } catch (cause) {
    await file.close()
    throw cause
  }
}

const from = async (file: FileHandle, limit: number): Promise<PartialFile> => {
  const found = await file.stat()
  if (!found.isFile()) throw new Error('expected the file of an interrupted download, it is something else; remove it')
  let hash = createHash('sha256')
  let size = found.size <= limit ? await hashed(file, hash) : 0
  await file.truncate(size)
  return {
    size: () => size,
    add: async (bytes) => {
      await writeAt(file, bytes, size)
      hash.update(bytes)
      size += bytes.length
    },
    restart: async () => {
      await file.truncate(0)
      hash = createHash('sha256')
      size = 0
    },
    finish: async () => {
      await file.sync()
      return hash.digest('hex')
    },
    close: () => file.close(),
  }
}

const writeAt = async (file: FileHandle, bytes: Uint8Array, at: number): Promise<void> => {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
}

/** Adds a whole file to a hash; its length in bytes. */
export const hashed = async (file: FileHandle, hash: Hash): Promise<number> => {
  const buffer = new Uint8Array(1_048_576)
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) return at
    hash.update(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
}
