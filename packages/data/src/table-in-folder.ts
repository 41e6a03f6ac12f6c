import { DataError, quoted } from './errors.ts'
import { itemsOf } from './image-folder.ts'
import { listed } from './label-column.ts'
import { isImageName } from './photo-columns.ts'
import type { PhotoList } from './photo-folder.ts'

const isTable = (name: string): boolean => /\.(csv|tsv|jsonl)$/i.test(name)

/**
 * The table of labels that lies in a folder of images: where labels are asked for (`isAsked`), and where there are no folders
 * of classes. Rejects with {@link DataError} unless there is one.
 */
export const tableIn = async (folder: string, isAsked: boolean): Promise<string | undefined> => {
  const { realpath } = await import('node:fs/promises')
  const paths = await import('node:path')
  const root = await realpath(folder)
  const items = await itemsOf(root, root)
  const tables = items.filter(({ kind, name }) => kind === 'file' && isTable(name)).map(({ name }) => name)
  const [table, ...others] = tables
  if (!isAsked && (table === undefined || items.some(({ kind }) => kind === 'folder'))) return undefined
  if (table === undefined)
    throw new DataError(
      'expected a table of labels in it (.csv, .tsv or .jsonl), got none; name the table in place of the folder, or leave the columns out where the folders in it are the classes',
    )
  if (others.length > 0)
    throw new DataError(`expected one table of labels in it, got ${listed(tables)}; name one in place of the folder`)
  return paths.join(folder, table)
}

/** Folders below this depth are not looked into. */
const depthLimit = 16

/** A note on the images of a folder that none of its tables names; undefined where there are none. */
export const unlistedIn = async (folder: string, lists: readonly PhotoList[]): Promise<string | undefined> => {
  const { realpath } = await import('node:fs/promises')
  const paths = await import('node:path')
  const root = await realpath(folder)
  const named = new Set(lists.flatMap(({ listed: own = [] }) => own))
  const found: { count: number; first?: string } = { count: 0 }
  const walk = async (at: string, shown: string, depth: number): Promise<void> => {
    for (const { kind, name, path, linked } of await itemsOf(root, at)) {
      const own = paths.join(shown, name)
      if (kind === 'folder' && !linked && depth < depthLimit) await walk(path, own, depth + 1)
      if (kind !== 'file' || !isImageName(name) || named.has(path)) continue
      found.count++
      found.first ??= own
    }
  }
  await walk(root, folder, 1)
  if (found.first === undefined) return undefined
  const instance = `for instance ${quoted(found.first)}`
  return found.count === 1
    ? `an image is left out that the table does not name: ${quoted(found.first)}`
    : `${String(found.count)} images are left out that the table does not name, ${instance}`
}
