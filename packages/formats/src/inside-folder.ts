import { realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/**
 * The real path of a file that a folder holds; undefined if it is a link that leaves the folder.
 *
 * The cache of Hugging Face keeps the files of `snapshots/…` as links into `blobs` beside it: these stay.
 */
export const insideFolder = async (folder: string, name: string): Promise<string | undefined> => {
  const own = await realpath(folder)
  const path = join(own, name)
  const real = await realpath(path).catch(() => path)
  const place = dirname(real)
  return place === dirname(path) || place === resolve(own, '../../blobs') ? real : undefined
}
