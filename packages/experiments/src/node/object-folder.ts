import { link, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'

import { codeOf, messageOf } from '@ptu/core'
import { makeFolder } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError, toRunError } from '../errors.ts'
import { objectLimit, type Objects } from '../run/objects.ts'
import { atMost } from '../at-most.ts'

/**
 * Objects as files in a folder, which several processes, and by a network file system several machines, may share.
 *
 * A file appears with its whole content, and of two who add one name the second learns that it is there.
 */
export const objectFolder = (folder: string): Objects => {
  const limited = atMost(16) // thousands of cells may be asked for at once
  return {
    find: (name) => () => limited(() => found(join(folder, name))),
    add: (name, bytes) => {
      const path = join(folder, name)
      return pipe(
        makeFolder(dirname(path)),
        TE.mapLeft(toRunError),
        TE.flatMap(() =>
          TE.tryCatch(
            () => limited(() => added(path, bytes)),
            (cause) => new RunError(`cannot write ${path}: ${messageOf(cause)}`),
          ),
        ),
      )
    },
    list: (start) => () => listed(folder, start),
  }
}

/** The names of the files in a folder of objects; none if it is not there. */
const listed = async (folder: string, start: string): Promise<E.Either<RunError, readonly string[]>> => {
  const path = join(folder, start)
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    return E.right(files.map((file) => relative(folder, join(file.parentPath, file.name)).replaceAll(sep, '/')))
  } catch (cause) {
    return codeOf(cause) === 'ENOENT' ? E.right([]) : E.left(new RunError(`cannot read ${path}: ${messageOf(cause)}`))
  }
}

const found = async (path: string): Promise<E.Either<RunError, Uint8Array | undefined>> => {
  try {
    const { size } = await stat(path)
    if (size > objectLimit)
      return E.left(new RunError(`expected at most ${objectLimit} bytes in ${path}, it has ${size}`))
    return E.right(Uint8Array.from(await readFile(path)))
  } catch (cause) {
    return codeOf(cause) === 'ENOENT'
      ? E.right(undefined)
      : E.left(new RunError(`cannot read ${path}: ${messageOf(cause)}`))
  }
}

const added = async (path: string, bytes: Uint8Array): Promise<boolean> => {
  if (await isThere(path)) return false
  const temporary = `${path}.${crypto.randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    return await placed(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** File systems without links. There, of two who add a name at the same moment both may be told that it is new. */
const withoutLinks = ['ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EMLINK']

const placed = async (temporary: string, path: string): Promise<boolean> => {
  try {
    await link(temporary, path)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    if (!withoutLinks.includes(codeOf(cause))) throw cause
    if (await isThere(path)) return false
    await rename(temporary, path)
    return true
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
