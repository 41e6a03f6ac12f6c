import type { Dirent } from 'node:fs'

import { DataError, problemList, quoted, type Problems } from './errors.ts'

/** An image file and the position of its class. */
export interface ImageFile {
  readonly path: string
  readonly label: number
}

/** The classes of a folder and its files, both in the order of their names. */
export interface ImageFolder {
  readonly classes: readonly string[]
  readonly files: readonly ImageFile[]
}

/** Files that systems leave in folders of images. */
const isLitter = (name: string): boolean => name.startsWith('.') || name === 'Thumbs.db' || name === 'desktop.ini'

type Kind = 'file' | 'folder' | 'outside' | 'lost' | 'other'

/** The names of the kinds in messages. */
export const kindNames: Readonly<Record<Kind, string>> = {
  file: 'a file',
  folder: 'a folder',
  outside: 'a link that leaves the folder',
  lost: 'a link to nowhere',
  other: 'neither a file nor a folder',
}

/** An entry of a folder. */
export interface Item {
  readonly name: string
  /** Without links. */
  readonly path: string
  readonly kind: Kind
  readonly linked: boolean
}

const kindOf = (entry: Pick<Dirent, 'isFile' | 'isDirectory'>): Kind =>
  entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other'

/** An entry of a folder and its kind; a link has the kind of its target, within `root`. */
const itemOf = async (root: string, folder: string, entry: Dirent): Promise<Item> => {
  const paths = await import('node:path')
  const { name } = entry
  const path = paths.join(folder, name)
  if (!entry.isSymbolicLink()) return { name, path, kind: kindOf(entry), linked: false }
  const { realpath, stat } = await import('node:fs/promises')
  try {
    const led = await realpath(path)
    const inside = led.startsWith(root.endsWith(paths.sep) ? root : root + paths.sep)
    return { name, path: led, kind: inside ? kindOf(await stat(led)) : 'outside', linked: true }
  } catch {
    return { name, path, kind: 'lost', linked: true }
  }
}

/** The entries of a folder in the order of their names, without litter; `root` and `folder` are real paths. */
export const itemsOf = async (root: string, folder: string): Promise<readonly Item[]> => {
  const { readdir } = await import('node:fs/promises')
  const entries = await readdir(folder, { withFileTypes: true })
  const kept = entries.filter(({ name }) => !isLitter(name))
  const items: Item[] = []
  for (const entry of kept) items.push(await itemOf(root, folder, entry))
  return items.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The items of the wanted kind; each of the others is a problem. */
const only = (kind: Kind, items: readonly Item[], where: string, problems: Problems): readonly Item[] =>
  items.filter((item) => {
    if (item.kind !== kind)
      problems.add(`${quoted(`${where}${item.name}`)} is ${kindNames[item.kind]}, expected ${kindNames[kind]}`)
    return item.kind === kind
  })

/**
 * Lists a folder that has one folder of images per class.
 *
 * Throws {@link DataError} with everything that does not belong there: loose files, folders within classes, links that
 * lead out, classes without images.
 */
export const listImages = async (folder: string): Promise<ImageFolder> => {
  const { realpath } = await import('node:fs/promises')
  const root = await realpath(folder)
  const problems = problemList()
  const classes = only('folder', await itemsOf(root, root), '', problems)
  const files: ImageFile[] = []
  for (const [label, { name, path }] of classes.entries()) {
    const items = only('file', await itemsOf(root, path), `${name}/`, problems)
    if (items.length === 0) problems.add(`${quoted(name)} has no images`)
    for (const item of items) files.push({ path: item.path, label })
  }
  if (classes.length === 0) problems.add('expected one folder per class, got none')
  if (problems.count() > 0) throw new DataError(`it has problems:${problems.text()}`)
  return { classes: classes.map(({ name }) => name), files }
}
