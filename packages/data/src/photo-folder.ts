import { DataError, quoted } from './errors.ts'
import { itemsOf, kindNames, type ImageFile, type Item } from './image-folder.ts'
import type { PhotoLabels } from './photo-columns.ts'

/** A file that is no example, and why. */
export interface Unreadable {
  readonly path: string
  readonly why: string
}

/** An image file, the position of its class, and its path as it was given rather than without links. */
export interface PhotoFile extends ImageFile {
  readonly shown: string
}

/** The classes of a set, its files, and what belongs to no class. */
export interface PhotoList {
  readonly classes: readonly string[]
  readonly files: readonly PhotoFile[]
  readonly unreadable: readonly Unreadable[]
  /** The columns of the table that lists them; absent of folders of classes. */
  readonly columns?: PhotoLabels
  /** The real paths that the table names. */
  readonly listed?: readonly string[]
}

/** The parts that a folder or a table names. */
export interface PhotoParts {
  readonly train: PhotoList
  readonly test: PhotoList | undefined
}

/** The most levels of folders that are followed, and the most files that are taken. */
const depthLimit = 16
const fileLimit = 1_000_000

/** The findings of a walk through a folder so far. */
interface Found {
  readonly files: PhotoFile[]
  readonly unreadable: Unreadable[]
}

const refuse = (found: Found, path: string, why: string): void => {
  found.unreadable.push({ path, why })
}

const strayOf = ({ kind }: Item, wanted: string): string => `it is ${kindNames[kind]}, expected ${wanted}`

/** Takes the files of a class folder, and of the folders in it. */
const walk = async (
  root: string,
  folder: string,
  shown: string,
  label: number,
  depth: number,
  found: Found,
): Promise<void> => {
  const paths = await import('node:path')
  for (const item of await itemsOf(root, folder)) {
    const path = paths.join(shown, item.name)
    if (item.kind === 'file') found.files.push({ path: item.path, shown: path, label })
    else if (item.kind !== 'folder') refuse(found, path, strayOf(item, 'an image'))
    else if (item.linked) refuse(found, path, 'it is a link to a folder, expected an image')
    else if (depth >= depthLimit) refuse(found, path, `it lies deeper than ${String(depthLimit)} folders`)
    else await walk(root, item.path, path, label, depth + 1, found)
    if (found.files.length > fileLimit)
      throw new DataError(`expected at most ${String(fileLimit)} files in ${quoted(shown)}`)
  }
}

/** The classes of a folder of class folders. */
const classesOf = async (root: string, items: readonly Item[], shown: string): Promise<PhotoList> => {
  const paths = await import('node:path')
  const found: Found = { files: [], unreadable: [] }
  const folders = items.filter(({ kind }) => kind === 'folder')
  for (const item of items)
    if (item.kind !== 'folder') refuse(found, paths.join(shown, item.name), strayOf(item, 'a folder of a class'))
  if (folders.length === 0) throw new DataError('expected one folder per class, or a table of labels in it, got none')
  for (const [label, { name, path }] of folders.entries())
    await walk(root, path, paths.join(shown, name), label, 1, found)
  return { classes: folders.map(({ name }) => name), ...found }
}

const isFolder = (item: Item | undefined): item is Item => item?.kind === 'folder'

const validationNames = ['val', 'valid', 'validation'] as const

/** The items of the parts if a folder holds a training and a test part rather than classes. */
const partsOf = async (root: string, items: readonly Item[]): Promise<readonly [Item, Item] | undefined> => {
  const folder = (name: string): Item | undefined => items.find((item) => item.name === name && isFolder(item))
  const train = folder('train')
  const held = ['test', ...validationNames].map(folder).filter(isFolder)
  const [test, ...more] = held
  if (train === undefined || test === undefined) return undefined
  // Classes may be called so too: then images lie in them, not folders.
  if (!(await itemsOf(root, train.path)).some(isFolder)) return undefined
  if (more.length > 0)
    throw new DataError(
      `it has the folders train, ${held.map(({ name }) => name).join(', ')}; expected train and one other: ` +
        `join ${more.map(({ name }) => name).join(', ')} with train, or move it elsewhere`,
    )
  return [train, test]
}

/**
 * Lists a folder of class folders, or one that holds two such folders, `train` and `test` (or `val`, `valid`,
 * `validation`). Files of a class may lie in folders within its folder.
 *
 * Classes and files are in the order of their names. Rejects with {@link DataError} if there are no classes.
 */
export const listPhotoFolder = async (folder: string): Promise<PhotoParts> => {
  const { realpath } = await import('node:fs/promises')
  const paths = await import('node:path')
  const root = await realpath(folder)
  const items = await itemsOf(root, root)
  const parts = await partsOf(root, items)
  if (parts === undefined) return { train: await classesOf(root, items, folder), test: undefined }
  const lists = parts.map(async ({ name, path }) =>
    classesOf(root, await itemsOf(root, path), paths.join(folder, name)),
  ) as unknown as readonly [Promise<PhotoList>, Promise<PhotoList>]
  const [train, test] = await Promise.all(lists)
  const strays = items
    .filter((item) => !parts.includes(item))
    .map((item) => ({
      path: paths.join(folder, item.name),
      why: strayOf(item, 'nothing beside the folders of the parts'),
    }))
  return { train: { ...train, unreadable: [...strays, ...train.unreadable] }, test }
}
