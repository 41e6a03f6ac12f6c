import { messageOf, type ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** A pipe is not waited for. Windows has no such flag. */
const flags = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0)

const withFile = <A>(path: string, use: (file: number) => A): A => {
  const file = openSync(path, flags)
  try {
    return use(file)
  } finally {
    closeSync(file)
  }
}

/**
 * A regular file as a source: no more of it is in memory than is asked for, and none is kept.
 *
 * It is opened for each range, and refused with an `ImportError` once its size or its time of change are others. Throws what
 * opening a file throws.
 */
export const fileSource = (path: string): ByteSource | undefined => {
  const first = withFile(path, (file) => fstatSync(file))
  if (!first.isFile()) return undefined
  const read = (file: number, begin: number, end: number): Uint8Array => {
    const now = fstatSync(file)
    if (now.size !== first.size || now.mtimeMs !== first.mtimeMs || now.ino !== first.ino)
      throw new ImportError(`cannot read ${path}: it changed while it was read; read it again`)
    const bytes = new Uint8Array(end - begin)
    let at = 0
    for (let count = 1; at < bytes.length && count > 0; at += count)
      count = readSync(file, bytes, at, bytes.length - at, begin + at)
    if (at < bytes.length) throw new ImportError(`cannot read ${path}: it is shorter than it says; read it again`)
    return bytes
  }
  return {
    length: first.size,
    range: (begin, end) => {
      try {
        return withFile(path, (file) => read(file, begin, end))
      } catch (cause) {
        if (cause instanceof ImportError) throw cause
        throw new ImportError(`cannot read ${path}: ${messageOf(cause)}`, { cause })
      }
    },
  }
}
