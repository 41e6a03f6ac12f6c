import { createHash } from 'node:crypto'
import { lstat, open, stat } from 'node:fs/promises'

import type { PublishedFile } from '../models/recipe.ts'
import { hashed } from './download-partial.ts'

/**
 * The result of comparing a file on disk with the published one: the same, missing, or different, with the difference
 * in words.
 */
export type Comparison = 'same' | 'missing' | { readonly differs: string }

/** Compares a file with the published one, by length and SHA-256. */
export const compareFile = async (path: string, { bytes, sha256 }: PublishedFile): Promise<Comparison> => {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return (await isLink(path)) ? { differs: 'it is a link that leads nowhere' } : 'missing'
  if (!found.isFile()) return { differs: 'it is not a file' }
  if (found.size !== bytes) return { differs: `expected ${bytes} bytes, it has ${found.size}` }
  const hash = createHash('sha256')
  const file = await open(path, 'r')
  try {
    await hashed(file, hash)
  } finally {
    await file.close()
  }
  const ours = hash.digest('hex')
  return ours === sha256 ? 'same' : { differs: `expected SHA-256 ${sha256}, it has ${ours}` }
}

const isLink = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )
