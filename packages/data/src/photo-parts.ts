import { messageOf } from '@ptu/core'

import { DataError } from './errors.ts'
import type { PhotoColumns } from './photo-columns.ts'
import { listPhotoFolder, type PhotoList, type PhotoParts } from './photo-folder.ts'
import { listPhotoTable } from './photo-table.ts'
import { targetReaders } from './target-rule.ts'
import { tableIn, unlistedIn } from './table-in-folder.ts'

/** The options of {@link listParts}. */
export interface PartsOptions {
  /** A second folder or table to test on. */
  readonly test?: string
  /** Lets a table name files outside its folder. */
  readonly anywhere?: boolean
  /** The columns of a table of images. */
  readonly columns?: PhotoColumns
  /** The names of the labels that a model knows, for sets of labels to test on. */
  readonly classes?: readonly string[]
}

/** The parts of a set, and notes on what belongs to none. */
export interface ListedParts extends PhotoParts {
  readonly warnings: readonly string[]
}

/** The folder of images whose table was found in it. */
interface Listed extends PhotoParts {
  readonly folder?: string
}

interface Request {
  readonly anywhere: boolean
  readonly columns: PhotoColumns
  readonly known: readonly string[] | undefined
}

const listOne = async (path: string, request: Request): Promise<Listed> => {
  const { stat } = await import('node:fs/promises')
  const found = await stat(path)
  const { image, label, target } = request.columns
  const isAsked = [image, label, target].some((column) => column !== undefined)
  if (found.isDirectory()) {
    const table = await tableIn(path, isAsked)
    if (table === undefined) return listPhotoFolder(path)
    return { train: await listTableIn(table, request), test: undefined, folder: path }
  }
  if (found.isFile() && /\.(csv|tsv|jsonl)$/i.test(path))
    return { train: await listPhotoTable(path, request), test: undefined }
  throw new DataError('expected a folder, or a table that ends in .csv, .tsv or .jsonl')
}

/** Lists the table of a folder; what is wrong with it names it. */
const listTableIn = async (table: string, request: Request): Promise<PhotoList> => {
  try {
    return await listPhotoTable(table, request)
  } catch (cause) {
    throw new DataError(`${table.split(/[/\\]/).at(-1) ?? table}: ${messageOf(cause)}`)
  }
}

/** Labels to test on are read by the columns of those to train on; they have no others. */
const requestOfTest = ({ columns, classes }: PhotoList, request: Request): Request => {
  const target = columns?.target
  if (columns === undefined || target === undefined) return { ...request, columns: columns ?? {} }
  const areColumns = target.kind === 'multi-label' && target.separator === undefined
  const named = areColumns ? target.columns : classes.flatMap(targetReaders[target.kind].namesIn)
  return { ...request, columns, known: request.known ?? named }
}

const noteOn = async ({ folder }: Listed, lists: readonly PhotoList[]): Promise<readonly string[]> => {
  const note = folder === undefined ? undefined : await unlistedIn(folder, lists)
  return note === undefined ? [] : [note]
}

/** Lists the images of a folder or table, and of a second one to test on. Rejects with {@link DataError}. */
export const listParts = async (
  path: string,
  { test, anywhere = false, columns = {}, classes }: PartsOptions,
): Promise<ListedParts> => {
  const request: Request = { anywhere, columns, known: classes }
  const parts = await listOne(path, request)
  if (test === undefined) return { ...parts, warnings: await noteOn(parts, [parts.train]) }
  const other = await listOne(test, requestOfTest(parts.train, request))
  if (parts.test !== undefined || other.test !== undefined)
    throw new DataError('expected the option `test` with folders of classes, one of them has parts of its own')
  const lists = [parts.train, other.train]
  return {
    train: parts.train,
    test: other.train,
    warnings: [...(await noteOn(parts, lists)), ...(await noteOn(other, lists))],
  }
}
